"""All pages of the console. A new matter's `pages` are added here, and nowhere else."""

from app.console import account_views, login_views
from app.console.merchant import call_views, notification_views, order_views, redemption_views, statement_views
from app.console.merchant import home_views as merchant_home
from app.console.merchant import scan_views
from app.console.operations import account_views as operations_accounts
from app.console.operations import audit_views, merchant_views, role_views
from app.console.operations import home_views as operations_home

PAGES = (
    login_views.pages, account_views.pages,
    operations_home.pages, merchant_views.pages, operations_accounts.pages, role_views.pages, audit_views.pages,
    merchant_home.pages, scan_views.pages, order_views.pages, redemption_views.pages, notification_views.pages, statement_views.pages,
    call_views.pages,
)
