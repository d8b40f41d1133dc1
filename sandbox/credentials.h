// The fixed credentials of the sandbox's accounts. Account 1 has the plain ones; account N has them with the
// suffix shown as [-N] or [_N].
//   TingTing    Authorization: Bearer sandbox-tingting-token[-N]
//   Vobiz       X-Auth-ID: PA_SANDBOX[_N], X-Auth-Token: sandbox-vobiz-partner-token[-N]   (partner scope)
//               X-Auth-ID: MA_SANDBOX[_N], X-Auth-Token: sandbox-vobiz-account-token[-N]   (account scope)
//   Teli        X-API-Key: sandbox-teli-key[-N]
//   AgentPhone  Authorization: Bearer sk_live_sandbox[-N]
#pragma once

#include <string>

namespace sandbox {

struct Credentials {
  explicit Credentials(int number) {
    if (number == 1) return;
    const std::string n = std::to_string(number);
    for (std::string* text :
         {&tingting_token, &vobiz_partner_token, &vobiz_account_token, &teli_key, &agentphone_key}) {
      *text += "-" + n;
    }
    vobiz_partner_id += "_" + n;
    vobiz_account_id += "_" + n;
  }

  std::string tingting_token = "sandbox-tingting-token";
  std::string vobiz_partner_id = "PA_SANDBOX";
  std::string vobiz_partner_token = "sandbox-vobiz-partner-token";
  std::string vobiz_account_id = "MA_SANDBOX";
  std::string vobiz_account_token = "sandbox-vobiz-account-token";
  std::string teli_key = "sandbox-teli-key";
  std::string agentphone_key = "sk_live_sandbox";
};

}  // namespace sandbox
