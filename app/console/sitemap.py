"""All pages of the console. A new matter's `pages` are added here, and nowhere else."""

from app.console import account_views, login_views, sandbox_views
from app.console.h5 import join_views
from app.console.league import (
    activity_views,
    application_views,
    attendance_views,
    campaign_views,
    certificate_views,
    code_views,
    desk_views,
    entry_views,
    figure_views,
    flag_views,
    import_views,
    issuer_views,
    list_views,
    nomination_views,
    objection_views,
    real_name_views,
    register_views,
    sample_views,
    transfer_views,
    volunteer_views,
)
from app.console.league import export_views as league_exports
from app.console.league import home_views as league_home
from app.console.merchant import (
    call_views,
    clerk_views,
    dispute_views,
    key_views,
    notification_views,
    offer_views,
    order_views,
    redemption_views,
    scan_views,
    statement_views,
    store_views,
)
from app.console.merchant import home_views as merchant_home
from app.console.operations import account_views as operations_accounts
from app.console.operations import (
    appeal_views,
    audit_views,
    check_views,
    event_views,
    feedback_views,
    initiative_offer_views,
    initiative_views,
    joining_views,
    merchant_views,
    organisation_views,
    platform_views,
    reconciliation_views,
    record_views,
    red_list_views,
    role_views,
)
from app.console.operations import home_views as operations_home
from app.console.operations import offer_views as operations_offers
from app.console.portal import certificate_views as public_certificates
from app.console.portal import home_views as portal_home
from app.console.portal import objection_views as public_objections
from app.console.portal import public_list_views, statistics_views

PAGES = (
    login_views.pages, account_views.pages,
    operations_home.pages, platform_views.pages, feedback_views.pages, record_views.pages, reconciliation_views.pages,
    event_views.pages, initiative_views.pages, initiative_offer_views.pages, check_views.pages, red_list_views.pages,
    appeal_views.pages, merchant_views.pages, operations_accounts.pages, role_views.pages, audit_views.pages,
    join_views.pages, joining_views.pages, operations_offers.pages,
    offer_views.pages, store_views.pages, clerk_views.pages, key_views.pages,
    merchant_home.pages, scan_views.pages,
    order_views.pages, redemption_views.pages, dispute_views.pages, notification_views.pages,
    statement_views.pages, call_views.pages, sandbox_views.operations, sandbox_views.merchant,
    organisation_views.pages, league_home.pages, volunteer_views.pages, figure_views.pages, league_exports.pages,
    register_views.pages, application_views.pages, transfer_views.pages, real_name_views.pages, entry_views.pages,
    import_views.pages,
    desk_views.pages, campaign_views.pages, nomination_views.pages, list_views.pages, objection_views.pages,
    public_objections.pages,
    portal_home.pages, public_list_views.pages, statistics_views.pages, public_certificates.pages,
    certificate_views.pages, issuer_views.pages,
    activity_views.pages, attendance_views.pages, code_views.pages, flag_views.pages, sample_views.pages,
)
