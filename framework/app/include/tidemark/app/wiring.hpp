#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/command/aggregate_model.hpp"
#include "tidemark/command/joint_model.hpp"
#include "tidemark/intake/line_mapper.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/projection/model.hpp"
#include "tidemark/saga/reaction.hpp"
#include "tidemark/saga/saga_model.hpp"
#include "tidemark/sql/place.hpp"

namespace tidemark::command {
class Dispatcher;
}
namespace tidemark::runtime {
class Worker;
}
namespace tidemark::store {
class StoreEngine;
}

namespace tidemark {

/// What a worker of one's own works on; all of it outlives the worker.
struct WorkerGround {
  store::StoreEngine& store;
  command::Dispatcher& dispatcher;
  const Clock& clock;    ///< the application's time
  const Clock& machine;  ///< for leases, retries and waiting
  Random& random;
  const observe::Logger& logger;
};
/// Makes a worker; called once when the application starts. What it throws ends the start.
using MakeWorker = std::unique_ptr<runtime::Worker> (*)(const WorkerGround& ground);

template <typename Aggregates>
class WiringFor;

/// Undefined on purpose: names the joint decision and the aggregate that is not wired.
template <typename Joint, typename State>
struct no_aggregate_wired;

/// What an application is made of, as one value: run it, simulate it, or ask it what is wired to
/// what.
///
///     tidemark::Wiring adtech() {
///       return tidemark::Wiring("adtech").aggregates<Campaign>().projections<CampaignMinutes>();
///     }
///
/// Aggregates come first, then boundaries and joint decisions: sagas and reactions are checked
/// against the commands they take. A copy shares the models. Immutable once it is used.
class Wiring {
 public:
  /// A projection: its model, and how to make another one for a worker to own.
  struct ProjectionPart {
    std::unique_ptr<const projection::ProjectionModel> model;
    std::unique_ptr<const projection::ProjectionModel> (*make)() = nullptr;
  };
  /// What was wired; all models live as long as a copy of the wiring does.
  struct Parts {
    std::string name;
    std::vector<std::unique_ptr<const command::AggregateModel>> aggregates;  ///< and boundaries
    std::vector<std::unique_ptr<const command::JointModel>> joint_decisions;
    std::vector<ProjectionPart> projections;
    std::vector<const saga::SagaModel*> sagas;
    std::vector<std::unique_ptr<const saga::ReactionModel>> reactions;
    /// Makes what understands the lines of the input; none: the application reads no input.
    std::unique_ptr<intake::LineMapper> (*make_mapper)() = nullptr;
    std::vector<MakeWorker> workers;  ///< of the application's own
    std::vector<std::function<void(Catalogue&)>>
        catalogue;                         ///< upcasts and types nobody else names
    sql::OpenPlace read_models = nullptr;  ///< opens `projection.url`; none: they lie in files
  };

  /// `name`: of the application, a-z, 0-9 and '_'.
  explicit Wiring(std::string name) : parts_(std::make_shared<Parts>()) {
    parts_->name = std::move(name);
  }

  /// The aggregates; does not compile when one is not whole.
  template <Aggregate... States>
  WiringFor<List<States...>> aggregates() &&;

  /// What opens the place that the configuration names by `projection.url`, for read models that
  /// are not to lie in files: `&tidemark::postgres::open_schemas`. Called last.
  Wiring read_models_on(sql::OpenPlace open) && {
    parts_->read_models = open;
    return std::move(*this);
  }

  [[nodiscard]] const Parts& parts() const { return *parts_; }

 protected:
  std::shared_ptr<Parts> parts_;  // shared by copies of one wiring
};

namespace detail {

template <typename Command, typename Aggregates>
struct IsTaken;
template <typename Command, typename... States>
struct IsTaken<Command, List<States...>> {
  static constexpr bool value = (States::Commands::template contains<Command> || ...);
};

/// Does not compile when a command of `Sender` has no aggregate; the error names the command.
template <typename Sender, typename Aggregates>
constexpr void check_commands() {
  Sender::Commands::for_each([]<typename Command>() {
    if constexpr (!IsTaken<Command, Aggregates>::value) {
      static_cast<void>(sizeof(no_aggregate_takes<Command>));
    }
  });
}

}  // namespace detail

namespace detail {

template <typename Joint, typename Aggregates>
constexpr void check_wired() {
  check_joint_decision<Joint>();
  Joint::Aggregates::for_each([]<typename State>() {
    if constexpr (!Aggregates::template contains<State>) {
      static_cast<void>(sizeof(no_aggregate_wired<Joint, State>));
    }
  });
}

template <typename Takers, typename... More>
struct Joined;
template <typename... Takers, typename... More>
struct Joined<List<Takers...>, More...> {
  using Type = List<Takers..., More...>;
};

}  // namespace detail

/// A wiring whose aggregates are known.
template <typename Aggregates>
class WiringFor : public Wiring {
 public:
  explicit WiringFor(Wiring wiring) : Wiring(std::move(wiring)) {}

  /// What is decided on all events that meet criteria; does not compile when one is not whole.
  template <Aggregate... States>
  auto boundaries() && {
    (check_boundary<States>(), ...);
    (parts_->aggregates.push_back(command::aggregate_model<States>()), ...);
    return WiringFor<typename detail::Joined<Aggregates, States...>::Type>(std::move(*this));
  }
  /// What is decided on several of the aggregates at once; does not compile when one is not whole,
  /// or an aggregate of it is not wired.
  template <JointDecision... Joints>
  auto joint_decisions() && {
    (detail::check_wired<Joints, Aggregates>(), ...);
    (parts_->joint_decisions.push_back(command::joint_model<Joints>()), ...);
    return WiringFor<typename detail::Joined<Aggregates, Joints...>::Type>(std::move(*this));
  }
  template <Projection... Ps>
  WiringFor projections() && {
    (parts_->projections.push_back({.model = make_projection<Ps>(), .make = &make_projection<Ps>}),
     ...);
    return std::move(*this);
  }
  /// Each saga's model is compiled in the saga's own source file, see `saga_model`.
  template <typename... Sagas>
  WiringFor sagas() && {
    (detail::check_commands<Sagas, Aggregates>(), ...);
    (parts_->sagas.push_back(&saga_model<Sagas>()), ...);
    return std::move(*this);
  }
  template <typename... Reactions>
  WiringFor reactions() && {
    (detail::check_commands<Reactions, Aggregates>(), ...);
    (parts_->reactions.push_back(saga::reaction_model<Reactions>()), ...);
    return std::move(*this);
  }
  /// What the lines of the input mean: `Mapper` is an `intake::LineMapper`. Where they come from is
  /// configuration: input.file or input.topic.
  template <std::derived_from<intake::LineMapper> Mapper>
  WiringFor input() && {
    parts_->make_mapper = [] {
      return std::unique_ptr<intake::LineMapper>(std::make_unique<Mapper>());
    };
    return std::move(*this);
  }
  /// A worker of one's own, such as a member of a consumer group, or something that schedules
  /// commands. It is stepped on a thread of its own and its health reported with that of the
  /// others; a `Failure` of its step that is not retryable stops it, not the application.
  WiringFor worker(MakeWorker make) && {
    parts_->workers.push_back(make);
    return std::move(*this);
  }
  /// Older event types that are read by `upcast(const Old&) -> New`.
  template <typename... Olds>
  WiringFor upcasts() && {
    (parts_->catalogue.push_back([](Catalogue& catalogue) { catalogue.upcasts<Olds>(); }), ...);
    return std::move(*this);
  }
  /// Events that no aggregate, projection, saga or reaction names.
  template <typename... Events>
  WiringFor events() && {
    (parts_->catalogue.push_back([](Catalogue& catalogue) { catalogue.add<Events>(); }), ...);
    return std::move(*this);
  }
};

template <Aggregate... States>
WiringFor<List<States...>> Wiring::aggregates() && {
  (parts_->aggregates.push_back(command::aggregate_model<States>()), ...);
  return WiringFor<List<States...>>(std::move(*this));
}

}  // namespace tidemark
