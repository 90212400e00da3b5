#include "sagas/report_usage.hpp"

namespace adtech {

void ReportUsage::on(tidemark::Dispatch& out,
                     const tidemark::Closed<adtech::MeteredUsage>& closed) {
  v1::RecordUsage command;
  command.set_account_id(closed.row.account_id());
  command.set_period(closed.row.period());
  command.set_revision(closed.revision);
  command.set_metered_micros(closed.row.spend_micros());
  command.set_impressions(closed.row.impressions());
  command.set_clicks(closed.row.clicks());
  command.set_currency(closed.row.currency());
  out.send(command);
}

}  // namespace adtech
