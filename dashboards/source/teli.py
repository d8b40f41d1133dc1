"""Teli: the provider's own table of users, organizations, and what it all costs."""
from common import ACTIVE, age, firing
from grafana import (
    NEUTRAL, PURPLE, Column, about, bar_list, collapsed, currency_units, dashboard, query, runbook, stat, steps, table, trend,
)

USER = "by (organization_id, user_id)"
ORGANIZATION = "by (account, organization_id)"


def messages(channel, direction):
    return f'max {USER} (cpaas_user_${{window}}_messages{{@,channel="{channel}",direction="{direction}"}})'


def of_user(name):
    return f"max {USER} (cpaas_user_${{window}}_{name}{{@}})"


def of_organization(name):
    return f"max {ORGANIZATION} (cpaas_organization_${{window}}_{name}{{@}})"


def named(expr):
    """With the organization's name, so that a legend can be read."""
    return (f"({expr}) * on (organization_id) group_left (organization_name) "
            "max by (organization_id, organization_name) (cpaas_organization_info{@})")


def of_account(name):
    return f"max by (account) (cpaas_${{window}}_{name}{{@}})"


DASHBOARD = dashboard(
    "teli", "CPaaS / Teli", "Teli: the provider's own table of users, organizations, and what it all costs.",
    [
        [
            firing(provider="teli"),
            stat("Cost of $window", about("Whole cost over the provider's window, each currency by itself.", "Teli overview `cost_breakdown.*_cost`",
                                          act="Accounts whose `window` is another one: choose it above."),
                 [query("sum by (currency) (max by (account, category, currency) (cpaas_${window}_cost{@}))", "{{currency}}")], overrides=currency_units(),
                 names="value", decimals=2, sparkline=False, no_value="not told over this window"),
            stat("Cost today", about("Whole cost since midnight (UTC), each currency by itself.", "Teli overview of today"),
                 [query("sum by (currency) (max by (account, category, currency) (cpaas_today_cost{@}))", "{{currency}}")], overrides=currency_units(),
                 names="value", decimals=2, sparkline=False, no_value="not told"),
            stat("Segments, last hour", about("SMS and MMS segments of the last hour (number), by direction.", "Teli `usage.sms`, `usage.mms`"),
                 [query("sum by (direction) (account_direction:cpaas_messages:increase1h{@})", "{{direction}}")], unit="locale", decimals=0,
                 no_value="less than an hour of data"),
            stat("Organizations and users", about("Organizations and users of the accounts (number).", "Teli overview `organizations_count`, `users_count`"),
                 [query("sum(max by (account) (cpaas_organizations{@}))", "organizations"), query("sum(max by (account) (cpaas_users{@}))", "users")],
                 no_value="not told", sparkline=False),
            age(),
        ],
        [
            table("Users, $window", about(
                "The provider's own table: over its window, for each user SMS and MMS sent and received, voice calls (number), time in calls (the provider's "
                "voice minutes), API requests, API storage (its cost), phones rented monthly and bought, knowledge bases, time with them, whole cost.",
                "Teli users `total_sms_*`, `total_mms_*`, `total_voice_*`, `cost_breakdown.*`",
                act="Names show where the account has `personal_data` on. Accounts whose `window` is another one: choose it above."),
                [Column("User", "user_id", width=270), Column("Name", "user_name"), Column("Organization", "organization_name", width=125),
                 Column("names of users", expr=f"max {USER[:-1]}, user_name) (cpaas_user_info{{@}})", hidden=True),
                 Column("names of organizations", hidden=True, expr=f"max {USER[:-1]}, organization_name) (max by (account, organization_id, user_id) "
                        "(cpaas_user_info{@}) * on (account, organization_id) group_left (organization_name) max by (account, organization_id, "
                        "organization_name) (cpaas_organization_info{@}))"),
                 Column("SMS sent", expr=messages("sms", "outbound"), unit="locale"), Column("SMS received", expr=messages("sms", "inbound"), unit="locale"),
                 Column("MMS sent", expr=messages("mms", "outbound"), unit="locale"), Column("MMS received", expr=messages("mms", "inbound"), unit="locale"),
                 Column("Voice calls", expr=of_user("calls"), unit="locale"),
                 Column("Voice minutes", expr=of_user("voice_seconds") + " / 60", unit="locale", decimals=0),
                 Column("API requests", expr=of_user("api_requests"), unit="locale"),
                 Column("Storage", expr=f'max {USER} (cpaas_user_${{window}}_cost{{@,category="api_storage"}})', decimals=2),
                 Column("Phones monthly", expr=of_user("phone_rentals")), Column("Phones purchased", expr=of_user("phone_purchases")),
                 Column("Knowledge bases", expr=of_user("knowledge_bases"), width=100),
                 Column("Knowledge-base minutes", expr=of_user("knowledge_base_seconds") + " / 60", unit="locale", decimals=0, width=105),
                 Column("Cost", expr=f"sum {USER} (max by (account, organization_id, user_id, category, currency) (cpaas_user_${{window}}_cost{{@}}))",
                        decimals=2, bar=PURPLE, width=170)],
                sort="Cost", height=11, no_value="no users, or not told over this window"),
        ],
        [
            trend("Segments per hour", about("SMS and MMS segments in the hour before each point (number), by channel and direction.",
                                             "Teli `usage.sms`, `usage.mms`", act=f"{runbook('CpaasMessagesStopped', 'delivery')}."),
                  [query("sum by (channel, direction) (hourly by (account, channel, direction) (cpaas_message_segments_total{@}))",
                         "{{channel}} {{direction}}")], stacked=True, width=8, decimals=0, no_value="less than an hour of data"),
            trend("Time in calls", about("Time spent in calls in the hour before each point (seconds): ordinary, and with a knowledge base.",
                                         "Teli `usage.voice.seconds`, `kb_seconds`"),
                  [query("sum by (kind) (hourly by (account, direction, kind) (cpaas_voice_seconds_total{@}))", "{{kind}}")], unit="s", decimals=1, stacked=True,
                  width=8, no_value="less than an hour of data"),
            bar_list("Cost of $window by category", about("Cost over the provider's window (in its currency), of all accounts chosen. Categories do not overlap.",
                                                          "Teli overview `cost_breakdown.*_cost`"),
                     [query("sort_desc(sum by (category, currency) (max by (account, category, currency) (cpaas_${window}_cost{@})) > 0)", "{{category}} {{currency}}", instant=True)],
                     overrides=currency_units(), width=8, height=8, no_value="not told over this window"),
        ],
        [
            table("Organizations, $window", about(
                "Over the provider's window, for each organization: messages, calls (number), time in calls (seconds), API requests, phones rented and bought, "
                "knowledge bases, brands, whole cost (in the account's currency); its users and whether it is active.", "Teli organization analytics",
                act=f"{runbook('CpaasOrganizationsSuspended', 'accounts')}."),
                [Column("Organization", "organization_name", width=150), Column("Id", "organization_id", width=270), Column("Account", "account", width=90),
                 Column("names", hidden=True, expr=f"max {ORGANIZATION[:-1]}, organization_name) (cpaas_organization_info{{@}})"),
                 Column("State", expr=f"max {ORGANIZATION} (cpaas_organization_active{{@}})", mappings=ACTIVE, thresholds=steps(NEUTRAL), width=85),
                 Column("Users", expr=f"max {ORGANIZATION} (cpaas_organization_users{{@}})"),
                 Column("Messages", expr=f"sum {ORGANIZATION} (max by (account, organization_id, channel, direction) (cpaas_organization_${{window}}_messages{{@}}))",
                        unit="locale"),
                 Column("Calls", expr=of_organization("calls"), unit="locale"), Column("Time in calls", expr=of_organization("voice_seconds"), unit="s", decimals=1),
                 Column("API requests", expr=of_organization("api_requests"), unit="locale"), Column("Phones monthly", expr=of_organization("phone_rentals")),
                 Column("Phones purchased", expr=of_organization("phone_purchases")), Column("Knowledge bases", expr=of_organization("knowledge_bases")),
                 Column("Brands", expr=of_organization("brand_registrations")),
                 Column("Cost", expr=of_organization("cost"), decimals=2, bar=PURPLE, width=150)],
                sort="Cost", height=6, no_value="no organizations, or not told over this window"),
        ],
        collapsed("Totals since they exist, names, prices", [
            trend("Segments of organizations per hour", about("Segments in the hour before each point (number), by organization.",
                                                              "Teli usage of each organization"),
                  [query(named(f"sum {ORGANIZATION} (hourly by (account, organization_id, channel, direction) (cpaas_organization_message_segments_total{{@}}))"),
                         "{{organization_name}}")], width=8, decimals=0, no_value="no organizations are polled"),
            trend("Time in calls of organizations per hour", about("Time in calls in the hour before each point (seconds), by organization.",
                                                                   "Teli usage of each organization"),
                  [query(named(f"sum {ORGANIZATION} (hourly by (account, organization_id, kind) (cpaas_organization_voice_seconds_total{{@}}))"),
                         "{{organization_name}}")], unit="s", decimals=1, width=8, no_value="no organizations are polled"),
            table("Organizations' names", about("Name, status and SMS registration of each organization.", "Teli organizations"),
                  [Column("Organization", "organization_id"), Column("Name", "organization_name"), Column("Status", "status"),
                   Column("SMS registration", "sms_registration_status"),
                   Column("Entries", hidden=True, expr="max by (organization_id, organization_name, status, sms_registration_status) (cpaas_organization_info{@})")],
                  sort="Name", descending=False, width=8, height=8, no_value="no organizations"),
        ], [
            table("Totals of users", about("Segments (number) and time in calls (seconds) of each polled user since the user exists.", "Teli usage of each user"),
                  [Column("User", "user_id"),
                   Column("Segments", expr="sum by (user_id) (max by (user_id, channel, direction) (cpaas_user_message_segments_total{@}))", unit="locale"),
                   Column("Time in calls", expr="sum by (user_id) (max by (user_id, kind) (cpaas_user_voice_seconds_total{@}))", unit="s", decimals=1)],
                  sort="Segments", width=8, height=8, no_value="no users are polled by themselves: set user_ids"),
            trend("Cost of users per hour", about("Cost in the hour before each point of the 10 dearest users (in the account's currency).",
                                                  "Teli users by the day (`cpaas_user_cost_total`)", "as late as the provider books it"),
                  [query(named('topk(10, sum by (account, organization_id, user_id, user, currency) (label_replace('
                               'hourly by (account, organization_id, user_id, category, currency) (cpaas_user_cost_total{@}), '
                               '"user", "…$1", "user_id", ".*(.{4})")))'), "{{organization_name}} {{user}}, {{currency}}")],
                  overrides=currency_units(), width=16, no_value="no users with a cost"),
        ], [
            table("Accounts, $window", about(
                "Over the provider's window and today: API requests, phones rented and bought, knowledge bases, brands (number), time with knowledge bases (seconds); "
                "price of a number for a week (in the account's currency).", "Teli overview `cost_breakdown.*_count`, number limits `weekly_price`"),
                [Column("Account", "account"), Column("API requests", expr=of_account("api_requests"), unit="locale"),
                 Column("Phones monthly", expr=of_account("phone_rentals")), Column("Phones purchased", expr=of_account("phone_purchases")),
                 Column("Knowledge bases", expr=of_account("knowledge_bases")),
                 Column("Time with them", expr=of_account("knowledge_base_seconds"), unit="s", decimals=1),
                 Column("Brands", expr=of_account("brand_registrations")),
                 Column("API requests today", expr="max by (account) (cpaas_today_api_requests{@})", unit="locale"),
                 Column("Number, a week", expr="max by (account) (cpaas_phone_number_weekly_price{@})", decimals=2)],
                sort="Account", descending=False, height=5, no_value="not told over this window"),
        ]),
    ], provider="teli", window=True, tags=["teli"])
