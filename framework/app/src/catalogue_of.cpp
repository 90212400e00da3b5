#include "catalogue_of.hpp"

#include "tidemark/command/delayed_journal.hpp"
#include "tidemark/saga/saga_index.hpp"

namespace tidemark::app {

Catalogue catalogue_of(const Wiring& wiring) {
  const auto& parts = wiring.parts();
  Catalogue catalogue;
  const auto add_all = [&](const auto& types) {
    for (const auto* type : types) catalogue.add(*type);
  };
  for (const auto& aggregate : parts.aggregates) add_all(aggregate->events());
  for (const auto& projection : parts.projections) add_all(projection.model->facts().events);
  for (const auto* saga : parts.sagas) add_all(saga->events());
  for (const auto& reaction : parts.reactions) add_all(reaction->events());
  if (parts.make_mapper != nullptr) {
    add_all(parts.make_mapper()->fact_types());
    add_all(intake::event_types());
  }
  add_all(saga::journal_types());
  add_all(command::delayed_types());
  for (const auto& add : parts.catalogue) add(catalogue);
  return catalogue;
}

command::Deciders deciders_of(const Wiring& wiring) {
  command::Deciders deciders{};
  for (const auto& model : wiring.parts().aggregates) deciders.aggregates.push_back(model.get());
  for (const auto& model : wiring.parts().joint_decisions) deciders.joint.push_back(model.get());
  return deciders;
}

}  // namespace tidemark::app
