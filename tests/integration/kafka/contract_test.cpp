#include "real_broker.hpp"

namespace tidemark::kafka::contract {
using ContractFixture = RealBroker;
}

#include "contract/kafka/kafka_contract.hpp"
