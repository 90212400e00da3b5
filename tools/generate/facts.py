"""One impression or click as a line: who saw it, which ad server tells, in which of its habits."""

from dataclasses import dataclass

from story import CLICK_LOW_MICROS, CLICK_SPAN_MICROS, CURRENCY
from wire import LOW_62_BITS, MINUTE, SECOND, VARIANT_BITS, minute_text

PEOPLE_BITS = 14
SERVER_BITS = 4


@dataclass(frozen=True)
class Server:
    """An ad server. Each writes in its own time zone, some with a field that nobody asked for."""

    source: str
    minutes_ahead: int
    zone: str
    extra: str


SERVERS = (
    (Server("adserver-amsterdam", 0, "Z", ""),) * 7
    + (Server("adserver-berlin", 60, "+01:00", ""),) * 4
    + (Server("adserver-lisbon", 0, "Z", ',"placement":"top"'),) * 3
    + (Server("adserver-new-york", -300, "-05:00", ""),) * 2
)


def people():
    """(user, session) as JSON fields, from a pool of fixed size; some give no consent."""
    pool = []
    for number in range(1 << PEOPLE_BITS):
        user, session = f"user-{number // 3:05d}", f"session-{number // 3:05d}-{number % 3}"
        if number % 50 == 0:
            user = session = ""
        pool.append(f'"user_id":"{user}","session_id":"{session}"')
    return pool


class Facts:
    """Composes facts' lines; what they cost is in the tally as soon as they are composed."""

    def __init__(self, story, tally, random):
        self._start = story.options.start
        self._tally = tally
        self._random = random
        self._people = people()
        self._campaigns = [
            f'"campaign_id":"{campaign.id}","account_id":"{campaign.account_id}"'
            for campaign in story.campaigns
        ]

    def visit(self, is_followed):
        """Person, server and conversation; a conversation only when more is to follow."""
        bits = self._random.getrandbits(PEOPLE_BITS + SERVER_BITS)
        correlation_id = f"visit-{self._random.getrandbits(48):012x}" if is_followed else ""
        return self._people[bits >> SERVER_BITS], SERVERS[bits & 0xF], correlation_id

    def impression(self, at, campaign, visit):
        price = campaign.price_low + int(self._random.random() * campaign.price_span)
        self._tally.add_impression(campaign.index, (at - self._start) // MINUTE, price)
        return self._line("impression_served", at, (campaign.index, price), visit)

    def click(self, at, campaign, visit):
        price = CLICK_LOW_MICROS + int(self._random.random() * CLICK_SPAN_MICROS)
        self._tally.add_click(campaign.index, (at - self._start) // MINUTE, price)
        return self._line("click_tracked", at, (campaign.index, price), visit)

    def uncounted(self, at, campaign):
        """A line to be broken: it is in no tally."""
        cost = campaign.index, campaign.price_low
        return self._line("impression_served", at, cost, self.visit(False))

    def _line(self, event_type, at, cost, visit):
        campaign, price = cost
        person, server, correlation_id = visit
        bits = self._random.getrandbits(74)
        tail = f"{bits & LOW_62_BITS | VARIANT_BITS:016x}"
        minute, rest = divmod(at, MINUTE)
        second, millisecond = divmod(rest, SECOND)
        begin = minute_text(minute + server.minutes_ahead)
        return (
            f'{{"event_id":"{at >> 16:08x}-{at & 0xFFFF:04x}-7{bits >> 62:03x}'
            f'-{tail[:4]}-{tail[4:]}","event_type":"{event_type}"'
            f',"timestamp":"{begin}{second:02d}.{millisecond:03d}{server.zone}"'
            f',"source":"{server.source}",{person},"payload":{{{self._campaigns[campaign]}'
            f',"price_micros":{price},"currency":"{CURRENCY}"{server.extra}}}'
            f',"schema_version":1,"correlation_id":"{correlation_id}"}}\n'
        )
