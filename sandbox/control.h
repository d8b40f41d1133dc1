// The sandbox's own paths, for tests and demos. All speak JSON; errors are 400 with {"error": text}.
//   GET    /sandbox            base URLs, credentials
//   GET    /sandbox/truth      ?account=N: the ledger, see truth.h
//   GET    /sandbox/clock      {"now", "speed"}
//   POST   /sandbox/clock      {"advance_seconds": S} | {"now": TIME} | {"date_skew_seconds": S}
//   POST   /sandbox/events     {"event": NAME, "provider", "entity", ..., "account": N}, see event.h
//   GET    /sandbox/variants   ?account=N
//   POST   /sandbox/variants   {"vobiz.dashboard": "flat_customers", ..., "account": N}, see variants.h
//   GET    /sandbox/faults
//   POST   /sandbox/faults     one fault, see faults.h
//   DELETE /sandbox/faults     ?id=N: one of them; else all
#pragma once

#include "sandbox/sandbox.h"

namespace sandbox {

// `ask.path` is the path below /sandbox; `ask.prefix` the server's own URL.
Answer control_answer(Sandbox& sandbox, const Ask& ask, const std::string& body);

// Base URLs and the credentials of account 1; of recorded answers, which take any, the URL alone.
Json addresses(const Sandbox& sandbox, const std::string& server_url);

}  // namespace sandbox
