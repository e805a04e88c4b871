"""Every setting of the system, declared once: name, type, default, and why it exists."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["str", "int", "bool", "path", "url", "choice", "pairs"]


@dataclass(frozen=True)
class Setting:
    """One declared setting. `secret` ones may come from the file named by `NAME_FILE`.

    `needed` means that production refuses to start without it; `development` is the value that
    development and tests fall back on, `default` the one that holds everywhere. `pairs` are name=value,name=value.
    """

    name: str
    kind: Kind
    why: str
    default: object = None
    development: object = None
    secret: bool = False
    needed: bool = False
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


def _s(name: str, kind: Kind, why: str, **more: object) -> Setting:
    return Setting(name, kind, why, **more)  # type: ignore[arg-type]


SETTINGS: tuple[Setting, ...] = (
    _s("XINYI_ENV", "choice", "Which defaults hold; production refuses what is missing or insecure.",
       default="production", choices=("development", "testing", "production")),
    _s("PORT", "int", "Where `make run` listens.", default=8000, low=1, high=65535),
    _s("WEB_HOST", "str", "The address that the web processes listen on.", default="127.0.0.1"),
    _s("WEB_WORKERS", "int", "Web processes.", default=2, low=1, high=64),
    _s("WEB_THREADS", "int", "Threads of a web process that answer requests.", default=4, low=1, high=64),
    _s("WORKER_THREADS", "int", "Threads of the background worker.", default=4, low=1, high=64),
    _s("SANDBOX_PORT", "int", "Where the sandbox listens (development and tests only).",
       default=9100, low=1, high=65535),
    _s("VAR_DIR", "path", "Everything that a run writes: data, logs, keys, demo.json.", default="var"),
    _s("PUBLIC_BASE_URL", "url", "The address that people and merchants know us by.",
       development="http://127.0.0.1:8000", needed=True),
    _s("DATABASE_URL", "str", "PostgreSQL 18; `make run` fills it with its embedded server.",
       secret=True, needed=True),
    _s("REDIS_URL", "str", "Valkey or Redis for nonces, rate limits and the job queue.",
       secret=True, needed=True),
    _s("DATABASE_POOL", "int", "Connections per process; at least the threads of a process.",
       default=8, low=1, high=100),
    _s("DATABASE_STATEMENT_SECONDS", "int", "A statement that runs longer is ended by the server.",
       default=15, low=1, high=600),
    _s("KEYRING", "str", "The service's own keys as JSON (`python -m app.kernel.keyring make FILE`).",
       secret=True, needed=True),
    _s("SEALING_SUITE", "choice", "How personal data is sealed; SM4-GCM for those under 密评.",
       default="A256GCM", choices=("A256GCM", "SM4-GCM")),
    _s("PLATFORM_BASE_URL", "url", "The provincial platform's gateway; ends in /gateway/v1.",
       development="http://127.0.0.1:9100/gateway/v1", needed=True),
    _s("PLATFORM_APP_ID", "str", "Our application id there; empty means the one in keys.json.", default=""),
    _s("PLATFORM_ID", "str", "The platform's X-App-Id; empty means the one in keys.json.", default=""),
    _s("PLATFORM_SUITE", "choice", "Signing suite agreed with the platform.",
       default="ES256-SHA256", choices=("ES256-SHA256", "SM2-SM3")),
    _s("PLATFORM_KEYS_DIR", "path", "Holds keys.json and the key files of the platform's contract.",
       needed=True),
    _s("PLATFORM_CONNECT_SECONDS", "int", "Time-out for reaching the platform.", default=3, low=1, high=30),
    _s("PLATFORM_READ_SECONDS", "int", "Time-out for the platform's answer.", default=10, low=1, high=60),
    _s("PLATFORM_RATE_PER_SECOND", "int",
       "At most so many calls a second to the platform, by all processes together, evenly spaced.",
       default=50, development=1000, low=1, high=10_000),
    _s("WECHAT_BASE_URL", "url", "https://api.weixin.qq.com in production.",
       development="http://127.0.0.1:9100/wechat", needed=True),
    _s("WECHAT_APPID", "str", "The mini-program's appid.", development="wx-demo-xinyi", needed=True),
    _s("WECHAT_SECRET", "str", "The mini-program's secret.", development="demo-secret-of-the-sandbox",
       secret=True, needed=True),
    _s("WECHAT_TEMPLATES", "pairs",
       "Which of WeChat's templates each message of config/messages.toml is; who isn't named isn't told by WeChat.",
       default={}, development={name: f"demo-{name}" for name in (
           "record_repaired", "appeal_opened", "appeal_settled", "order_confirmed", "order_reminder", "order_overdue",
           "order_breached", "order_paid")}),
    _s("OPERATOR_NAME", "str", "Who runs the service; named in every consent text.",
       default="信易+ 平台运营方", needed=False),
    _s("PLATFORM_NAME", "str", "The provincial platform's name; named in consent texts.",
       default="江西省公共信用信息平台"),
    _s("ACCESS_TOKEN_SECONDS", "int", "Life of a citizen's access token.", default=900, low=60, high=3600),
    _s("REFRESH_TOKEN_DAYS", "int", "Life of a refresh token that isn't used.", default=30, low=1, high=180),
    _s("PRESENTATION_SECONDS", "int", "Life of a code shown to a merchant.", default=60, low=10, high=300),
    _s("PROOF_SECONDS", "int", "Life of an offline proof; merchant.md allows ten minutes.",
       default=600, low=60, high=600),
    _s("PROOF_UPLOAD_DAYS", "int", "How long after its end a merchant may send in an offline proof that it took.",
       default=7, low=1, high=30),
    _s("ANSWER_KEY_OVERLAP_HOURS", "int",
       "How long merchants are still shown our answer key of before, once the next signs.",
       default=72, low=1, high=8760),
    _s("MERCHANT_REQUESTS_PER_MINUTE", "int", "Signed requests taken from one merchant in a minute.",
       default=6000, development=600_000, low=10, high=10_000_000),
    _s("MISSED_CODES_PER_MINUTE", "int",
       "How many codes that come to nothing one merchant may send in a minute.",
       default=60, development=6000, low=1, high=100_000),
    _s("NO_BEAT_MS", "int",
       "Merchants' noes about a person leave at multiples of this, so that their time tells nothing; well above what "
       "deciding takes.", default=100, low=1, high=1000),
    _s("CHECK_SECONDS", "int", "How long an embedded check can be scanned; it is over after ten minutes at most.",
       default=300, low=30, high=600),
    _s("CHECKS_PER_MINUTE", "int", "How many embedded checks one public body may ask for in a minute.",
       default=120, development=6000, low=1, high=100_000),
    _s("VERIFIED_REDEEM_SECONDS", "int",
       "How long after verifying a code a merchant may redeem by entitlement_no.",
       default=600, low=60, high=3600),
    _s("GRADE_KEEP_DAYS", "int", "A grade is kept to its valid_until, and never longer than this.",
       default=30, low=1, high=366),
    _s("GRADE_SHOWN_STALE_DAYS", "int",
       "How long a grade past its time is still shown to its own person, marked stale, before it is deleted.",
       default=7, low=0, high=90),
    _s("REPORTS_PER_DAY", "int", "Credit reports one citizen may ask the platform for in a day; each is a look.",
       default=2, development=100, low=1, high=1000),
    _s("REPORT_SCENARIO", "choice",
       "The platform's scenario under which citizens ask for their own report (the page names none; decision 0124).",
       default="fast_track", choices=("rental", "library", "transit", "tourism", "medical", "parking", "fast_track",
                                      "finance", "volunteer")),
    _s("REPORT_PAGES", "int", "A report of more pages is refused.", default=200, low=1, high=2000),
    _s("REPORT_SECONDS", "int", "Processor time for putting the watermark on a report; what takes longer is refused.",
       default=5, low=1, high=30),
    _s("PLATFORM_EVENTS_REFUSED_KEPT", "int", "Refused events of the platform that are kept for staff, newest first.",
       default=1000, low=1, high=100_000),
    _s("PLATFORM_EVENT_DAYS", "int", "How long it is known that an event was taken; the platform repeats for 3 days.",
       default=400, low=7, high=3660),
    _s("REPAIR_OFFER_DAYS", "int", "After a repair, refusals of so many days before are offered to be decided anew.",
       default=90, low=1, high=730),
    _s("CONSENT_DAYS", "int", "How long a consent lasts; the platform allows one calendar year.",
       default=365, low=1, high=365),
    _s("REVERSAL_DAYS", "int", "How long a merchant may take a redemption back where the offer is silent.",
       default=7, low=0, high=90),
    _s("IDEMPOTENCY_HOURS", "int", "How long an Idempotency-Key is remembered.", default=24, low=1, high=168),
    _s("IDEMPOTENCY_LEASE_SECONDS", "int",
       "After this a request that died without an answer may be tried again with its key.",
       default=15, low=5, high=120),
    _s("OUTBOX_LEASE_SECONDS", "int", "After this the sweeper takes back what a dead worker held.",
       default=60, low=2, high=3600),
    _s("FEEDBACK_BATCH", "int", "Usages in one batch; the platform takes 500 at most.",
       default=500, low=1, high=500),
    _s("APPEAL_MARK_WORKING_DAYS", "int", "An appeal is marked within this.", default=1, low=1, high=5),
    _s("APPEAL_SETTLE_WORKING_DAYS", "int", "An appeal is settled within this.", default=5, low=1, high=20),
    _s("NOTIFY_ANYWHERE", "bool",
       "Development only: notify_urls may be http and lead to private addresses.", default=False, development=True),
    _s("SANDBOX_MERCHANTS", "bool",
       "Merchants' managers and operators may make merchants to try things with; never in production.",
       default=False, development=True),
    _s("NOTIFY_LANES", "int", "Merchants that one worker notifies at the same time.", default=8, low=2, high=64),
    _s("NOTIFY_LEASE_SECONDS", "int", "After this another worker takes over a notification whose worker died.",
       default=30, low=10, high=600),
    _s("NOTIFY_PROBE_EVERY", "int",
       "One of so many notifications is first sent with a wrong signature, to find merchants who don't check; 0: none.",
       default=200, development=0, low=0, high=1_000_000),
    _s("NOTIFICATION_DAYS", "int", "How long a settled notification and its attempts are kept.",
       default=90, low=1, high=3650),
    _s("STATEMENT_HOUR", "int", "From this hour on (Shanghai) the statement of the day before can be had.",
       default=10, low=1, high=23),
    _s("BODY_LIMIT_BYTES", "int", "Largest JSON body taken.", default=262_144, low=1024, high=8_388_608),
    _s("UPLOAD_LIMIT_BYTES", "int", "Largest uploaded document taken.",
       default=5_242_880, low=1024, high=52_428_800),
    _s("OUTBOX_LAG_SECONDS", "int", "/readyz reports trouble where the oldest due message is older.",
       default=900, low=10, high=86_400),
    _s("LOGIN_PER_MINUTE", "int", "Logins taken from one address in a minute.",
       default=30, development=6000, low=1, high=100_000),
    _s("IDENTITY_TRIES_PER_DAY", "int", "Real-name checks one account may ask for in a day.",
       default=10, development=1000, low=1, high=10_000),
    _s("STAFF_IDLE_MINUTES", "int", "A session of the console ends when it isn't used for so long.",
       default=15, low=1, high=240),
    _s("STAFF_SESSION_HOURS", "int", "A session of the console ends after this in any case.",
       default=8, low=1, high=24),
    _s("STAFF_STEP_UP_MINUTES", "int", "How long a proof holds for what asks to be proven again.",
       default=10, low=1, high=60),
    _s("JOINING_KEEP_DAYS", "int", "How long names, phones and papers of a refused or never answered application to "
       "join are kept.", default=90, low=1, high=3650),
    _s("STAFF_INVITATION_HOURS", "int", "How long a link of invitation works.", default=72, low=1, high=720),
    _s("STAFF_TRIES", "int", "Wrong passwords or codes before an account is closed for a while; four times as many "
       "for a network address.", default=5, low=3, high=100),
    _s("TRUSTED_PROXIES", "int", "How many proxies of ours set X-Forwarded-For.", default=0, low=0, high=5),
    _s("CRASH_POINT", "str", "Tests only: the process ends itself with SIGKILL at this named point.",
       default=""),
    _s("PROMETHEUS_MULTIPROC_DIR", "path", "Where the web workers' figures meet; prometheus_client reads it too."),
    _s("LOG_LEVEL", "choice", "How much is logged.", default="INFO",
       choices=("DEBUG", "INFO", "WARNING", "ERROR")),
)
