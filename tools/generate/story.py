"""The cast and the timetable: who advertises, at what prices, and what goes wrong for whom."""

from dataclasses import dataclass

from wire import DAY, HOUR, MINUTE, day_text

CURRENCY = "EUR"
TOLERANCE_MICROS = 1_000
ACCOUNTS_MIN = 5  # one for each thing that goes wrong
CAMPAIGNS_PER_ACCOUNT_MIN = 2  # an account must have traffic also when one campaign is exhausted

# Prices of clicks are the same everywhere; an impression costs what its campaign's card says.
CLICK_LOW_MICROS = 3_000
CLICK_SPAN_MICROS = 9_001

OPENING_BEFORE_START = 2 * HOUR
PAUSE_HOURS = (10, 13)  # of day 1
BUDGET_CHANGE_HOUR = 15  # of day 1
BOOKING_DELAY = 9 * MINUTE  # after the hour's end: its late facts are in
CLOSING_DELAY = 20 * MINUTE  # after the day's end
ACCOUNT_CLOSING_DELAY = 19 * MINUTE
LAST_LATE_DELAY = 8 * MINUTE  # a day's late facts arrive sooner than this after its end
DAYS_AFTER_TRAFFIC = 38  # 7 to the reminder, 30 more to the dispute, and one to spare

NAMES = ("Frühling", "Back to school", "Sommer – Sale", "新年", 'Brand "always on"')


class StoryError(Exception):
    """The options leave no room for the story; the text says which to change."""


@dataclass(frozen=True)
class Options:
    """What the caller asked for. `start` is midnight UTC of day 1, in milliseconds."""

    seed: int
    lines: int
    accounts: int
    campaigns_per_account: int
    days: int
    start: int
    late: float
    duplicates: float
    malformed: float


@dataclass
class Campaign:
    """A campaign with its share of the traffic and its price card."""

    index: int
    id: str
    account: int  # index
    account_id: str
    name: str
    weight: int
    price_low: int
    price_span: int
    budget_micros: int = 0
    funded_micros: int = 0

    @property
    def mean_price(self):
        return self.price_low + self.price_span // 2


@dataclass
class Account:
    index: int
    id: str
    campaigns: list


class Story:
    """Everything that is settled before the first line is written."""

    def __init__(self, options, random):
        check(options)
        self.options = options
        self.accounts = []
        self.campaigns = []
        for number in range(options.accounts):
            self._add_account(number, random)
        self.traffic_lines = options.lines - reserved_lines(options)
        if self.traffic_lines < 10 * options.accounts * options.days:
            least = reserved_lines(options) + 10 * options.accounts * options.days
            raise StoryError(
                f"--lines must be at least {least} with this many accounts, campaigns and days"
            )

        self.exhausted = self.accounts[1].campaigns[0]
        self.exhausted.weight = 6
        self.paused = self.accounts[2].campaigns[0]
        self.rebudgeted = self.accounts[3].campaigns[0]
        # (account, day), both counted from 0
        self.mismatched = (0, 0)
        self.tolerated = (1, 0)
        self.paid_late = (2, 0)
        self.unpaid = (3, 0)
        self.refused = (options.accounts - 1, options.days - 1)
        self._set_budgets()

    def _add_account(self, number, random):
        account = Account(number, f"acct-{number + 1:02d}", [])
        self.accounts.append(account)
        for ordinal in range(self.options.campaigns_per_account):
            base_price = 1_000 + random.randrange(7_001)
            index = len(self.campaigns)
            campaign = Campaign(
                index=index,
                id=f"camp-{number + 1:02d}-{ordinal + 1}",
                account=number,
                account_id=account.id,
                name=f"{NAMES[index % len(NAMES)]} {index + 1}",
                weight=3 + random.randrange(7),
                price_low=base_price // 2,
                price_span=base_price + 1,
            )
            account.campaigns.append(campaign)
            self.campaigns.append(campaign)

    def _set_budgets(self):
        weights = sum(campaign.weight for campaign in self.campaigns)
        for campaign in self.campaigns:
            facts = self.traffic_lines * campaign.weight // weights + 1
            expected = facts * campaign.mean_price
            if campaign is self.exhausted:
                amount = expected // self.options.days * 2 // 5
            else:
                amount = (expected * 4 // 1_000_000 + 5) * 1_000_000
            campaign.funded_micros = campaign.budget_micros = amount
        self.rebudgeted.budget_micros = self.rebudgeted.funded_micros * 5 // 4

    @property
    def traffic_end(self):
        return self.options.start + self.options.days * DAY

    @property
    def end(self):
        """The time of the last line."""
        return self.traffic_end + DAYS_AFTER_TRAFFIC * DAY

    def day_start(self, day):
        return self.options.start + day * DAY

    def period(self, day):
        return day_text(self.day_start(day))


def check(options):
    """Refuses what no story can be told with."""
    if options.accounts < ACCOUNTS_MIN:
        raise StoryError(f"--accounts must be at least {ACCOUNTS_MIN}")
    if options.campaigns_per_account < CAMPAIGNS_PER_ACCOUNT_MIN:
        raise StoryError(f"--campaigns-per-account must be at least {CAMPAIGNS_PER_ACCOUNT_MIN}")
    if options.days < 1:
        raise StoryError("--days must be at least 1")
    rates = (options.late, options.duplicates, options.malformed)
    if min(rates) < 0 or sum(rates) > 0.5:
        raise StoryError("--late, --duplicates and --malformed must be 0 or more, 0.5 together")


def reserved_lines(options):
    """How many lines at most are no traffic. What is not needed becomes `time_passed` lines."""
    campaigns = options.accounts * options.campaigns_per_account
    periods = options.accounts * options.days
    opening = options.accounts + 2 * campaigns
    changes = 4  # pause, resume, budget, close_account
    repeated = 6
    charges = campaigns * 24 * options.days
    closings_and_payments = 2 * periods
    approval_and_end = 2
    return opening + changes + repeated + charges + closings_and_payments + approval_and_end
