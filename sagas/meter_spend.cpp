#include "sagas/meter_spend.hpp"

namespace adtech {

void MeterSpend::on(tidemark::Dispatch& out, const tidemark::Closed<CampaignMinutes>& closed) {
  const auto before_micros = closed.previous != nullptr ? closed.previous->spend_micros() : 0;
  if (closed.previous != nullptr && closed.row.spend_micros() == before_micros) return;
  v1::RecordSpend command;
  command.set_campaign_id(closed.row.campaign_id());
  command.set_minute_micros(closed.row.minute_micros());
  command.set_revision(closed.revision);
  command.set_spend_micros(closed.row.spend_micros() - before_micros);
  out.send(command);
}

}  // namespace adtech
