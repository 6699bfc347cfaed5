"""The site's addresses. Who may do what at each of them: tests/site/rights.py.

Shops go by their licence number and products by the barcode of their pack, as files do.
"""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from marketing_ops.gallery import gallery, gallery_progress
from marketing_ops.health import healthz
from marketing_ops.home.home import home
from marketing_ops.home.my_shop import my_shop
from marketing_ops.home.overview.lists import (
    overview_cells,
    overview_products,
    overview_shops,
)
from marketing_ops.home.overview.map import overview_map
from marketing_ops.home.overview.page import overview
from marketing_ops.home.pair import pair
from marketing_ops.home.rules import rule_set, rules
from marketing_ops.home.sell_through import export_sell_through, sell_through
from marketing_ops.home.shop import shop
from marketing_ops.home.shop_export import export_products
from marketing_ops.home.table.export import export_shops
from marketing_ops.home.table.page import shops
from marketing_ops.home.table.saved import delete_view, rename_view, save_view
from marketing_ops.home.today import today

urlpatterns = [
    path("", home, name="home"),
    path("today/", today, name="today"),
    path("shops/", shops, name="shops"),
    path("shops/export.csv", export_shops, {"kind": "csv"}, name="shops-csv"),
    path("shops/export.xlsx", export_shops, {"kind": "xlsx"}, name="shops-xlsx"),
    path("views/save/", save_view, name="save-view"),
    path("views/<int:number>/rename/", rename_view, name="rename-view"),
    path("views/<int:number>/delete/", delete_view, name="delete-view"),
    path("shops/<str:licence>/", shop, name="shop"),
    path("shops/<str:licence>/export.csv", export_products, {"kind": "csv"}, name="products-csv"),
    path(
        "shops/<str:licence>/export.xlsx", export_products, {"kind": "xlsx"}, name="products-xlsx"
    ),
    path("shops/<str:licence>/sell-through/", sell_through, name="sell-through"),
    path(
        "shops/<str:licence>/sell-through/export.csv",
        export_sell_through,
        {"kind": "csv"},
        name="sell-through-csv",
    ),
    path(
        "shops/<str:licence>/sell-through/export.xlsx",
        export_sell_through,
        {"kind": "xlsx"},
        name="sell-through-xlsx",
    ),
    path("shops/<str:licence>/products/<str:barcode>/", pair, name="pair"),
    path("overview/", overview, name="overview"),
    path("overview/map.json", overview_map, name="overview-map"),
    path("overview/shops/", overview_shops, name="overview-shops"),
    path("overview/products/", overview_products, name="overview-products"),
    path("overview/cells/", overview_cells, name="overview-cells"),
    path("my-shop/", my_shop, name="my-shop"),
    path("rules/", rules, name="rules"),
    path("rules/<int:version>/", rule_set, name="rule-set"),
    path("accounts/", include("marketing_ops.accounts.urls")),
    path("visits/", include("customers.visits.phone.urls")),
    path("visits/", include("customers.visits.pages.urls")),
    path("visits/", include("marketing_ops.home.visits.urls")),
    path("", include("inventory.counts.urls")),
    path("", include("orders.placing.urls")),
    path("", include("marketing_ops.desk.urls")),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("api/", include("marketing_ops.api_urls")),
]

if settings.DEBUG:
    urlpatterns += [
        path("gallery/", gallery, name="gallery"),
        path("gallery/progress/", gallery_progress, name="gallery-progress"),
    ]
