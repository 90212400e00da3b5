# What find_package(tidemark) finds in Tidemark's own build, so that examples are written as a user
# writes them: the modules are targets already.
foreach(component IN LISTS tidemark_FIND_COMPONENTS)
  if(TARGET tidemark::${component})
    set(tidemark_${component}_FOUND TRUE)
  else()
    set(tidemark_FOUND FALSE)
    set(tidemark_NOT_FOUND_MESSAGE "There is no module '${component}' in this build")
  endif()
endforeach()
