"""Projects, the Service Catalog portfolio they come from, and catalogs of resources.

Nothing is provisioned for a project: no product of Service Catalog and no stack exists outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import SERVICE, Body, Hooks
from rolecall.services.sagemaker.lists import PAGE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
PORTFOLIO: Final = "sagemaker-servicecatalog-portfolio"  # the setting, followed by account and Region
# The one catalog that every account has: of its feature groups, and of those shared with it.
CATALOG: Final = "DefaultFeatureGroupCatalog"
CATALOG_MADE: Final = datetime(2023, 11, 29, tzinfo=UTC)


# ---- projects


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    product, templates = body.get("ServiceCatalogProvisioningDetails"), body.pop("TemplateProviders", None)
    if bool(product) == bool(templates):
        raise refuse("project template")
    body["ProjectId"] = call.platform.new_id("p-", 14, LETTERS)
    if product:
        provisioned = call.platform.new_id("pp-", 16, LETTERS)
        body["ServiceCatalogProvisionedProductDetails"] = {"ProvisionedProductId": provisioned}
    else:
        body["TemplateProviderDetails"] = [
            {"CfnTemplateProviderDetail": one["CfnTemplateProvider"]}
            for one in templates
            if one.get("CfnTemplateProvider")
        ]
    return body


def _update(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    product = new.pop("ServiceCatalogProvisioningUpdateDetails", None)
    templates = new.pop("TemplateProvidersToUpdate", None)
    if product:
        held = item.body.get("ServiceCatalogProvisioningDetails")
        if not held:
            raise refuse("project template")
        new["ServiceCatalogProvisioningDetails"] = {**held, **product}
    if templates:
        details = {
            str(one["CfnTemplateProviderDetail"]["TemplateName"]): one["CfnTemplateProviderDetail"]
            for one in item.body.get("TemplateProviderDetails") or ()
        }
        for one in templates:
            changed = one.get("CfnTemplateProvider") or {}
            name = str(changed.get("TemplateName"))
            if name not in details:
                raise refuse("template unknown", name=name, arn=item.arn)
            details[name] = {**details[name], **changed}
        new["TemplateProviderDetails"] = [{"CfnTemplateProviderDetail": one} for one in details.values()]
    return new


# ---- the portfolio


def _setting(call: Call) -> str:
    return f"{PORTFOLIO}:{call.account}:{call.region}"


def enable_portfolio(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.put_setting(_setting(call), "Enabled")
    return {}


def disable_portfolio(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.put_setting(_setting(call), "Disabled")
    return {}


def portfolio_status(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"Status": reader.setting(_setting(call)) or "Disabled"}


# ---- catalogs


def list_catalogs(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    catalog: Body = {
        "ResourceCatalogArn": f"arn:{call.partition}:{SERVICE}:{call.region}:{call.account}:"
        f"sagemaker-catalog/{CATALOG}",
        "ResourceCatalogName": CATALOG,
        "Description": "The feature groups that this account has or that are shared with it.",
        "CreationTime": CATALOG_MADE,
    }
    wanted = (
        str(given.get("NameContains") or "").lower() in CATALOG.lower()
        and (given.get("CreationTimeAfter") is None or given["CreationTimeAfter"] < CATALOG_MADE)
        and (given.get("CreationTimeBefore") is None or given["CreationTimeBefore"] > CATALOG_MADE)
    )
    limit = int(given.get("MaxResults") or PAGE)
    shown, _ = page_of([catalog] if wanted else [], limit, given.get("NextToken"))
    return model.answer(call.operation, {"ResourceCatalogs": shown})


HOOKS: Final = {"project": Hooks(prepare=_prepare, update=_update)}

OPERATIONS: Final = {
    "EnableSagemakerServicecatalogPortfolio": Operation(enable_portfolio, writes=True),
    "DisableSagemakerServicecatalogPortfolio": Operation(disable_portfolio, writes=True),
    "GetSagemakerServicecatalogPortfolioStatus": Operation(portfolio_status, writes=False),
    "ListResourceCatalogs": Operation(list_catalogs, writes=False),
}
