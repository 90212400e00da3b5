#pragma once

#include <tidemark/aggregate.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/adtech/v1/invoice.pb.h"

namespace adtech {

using namespace v1;

/// What one account owes for one period: drafted, then issued or voided, then paid, or disputed
/// first.
struct Invoice {
  using Commands = tidemark::List<DraftInvoice, IssueInvoice, VoidInvoice, PayInvoice,
                                  RemindInvoice, DisputeInvoice>;
  using Events = tidemark::List<InvoiceDrafted, InvoiceIssued, InvoiceVoided, InvoicePaid,
                                InvoiceReminded, InvoiceDisputed>;
  static constexpr std::string_view category = "invoice";
  template <typename Command>
  static std::string_view id(const Command& command) {
    return command.invoice_id();
  }

  enum class Stage { none, drafted, issued, disputed, paid, voided };

  Stage stage = Stage::none;
  std::string account_id;
  std::string period;
  std::int64_t amount_micros = 0;
  std::string currency;
  std::string payment_id;  ///< of the payment that paid it
};

void evolve(Invoice& invoice, const InvoiceDrafted& event);
void evolve(Invoice& invoice, const InvoiceIssued& event);
void evolve(Invoice& invoice, const InvoiceVoided& event);
void evolve(Invoice& invoice, const InvoicePaid& event);
void evolve(Invoice& invoice, const InvoiceReminded& event);
void evolve(Invoice& invoice, const InvoiceDisputed& event);

tidemark::Decision decide(const Invoice& invoice, const DraftInvoice& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Invoice& invoice, const IssueInvoice& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Invoice& invoice, const VoidInvoice& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Invoice& invoice, const PayInvoice& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Invoice& invoice, const RemindInvoice& command,
                          const tidemark::Context& context);
tidemark::Decision decide(const Invoice& invoice, const DisputeInvoice& command,
                          const tidemark::Context& context);

}  // namespace adtech
