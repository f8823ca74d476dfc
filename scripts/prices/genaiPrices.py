"""Writes the providers of an unpacked `genai-prices` wheel, whose folder is the argument, as JSON.

The shape is that of the package of the same name on npm, with `price_variants` beside.
"""
import dataclasses
import datetime
import decimal
import json
import sys
import types

root = sys.argv[1]
# The package itself wants libraries that its data does not.
package = types.ModuleType("genai_prices")
package.__path__ = [f"{root}/genai_prices"]
sys.modules["genai_prices"] = package

from genai_prices.data import providers  # noqa: E402

TYPES = {"StartDateConstraint": "start_date", "TimeOfDateConstraint": "time_of_date"}


def plain(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) or hasattr(value, "__dict__"):
        fields = {
            key.rstrip("_"): plain(item)
            for key, item in vars(value).items()
            if item is not None and not key.startswith("_")
        }
        kind = TYPES.get(type(value).__name__)
        return fields if kind is None else {**fields, "type": kind}
    return value


wanted = ("id", "models")
print(json.dumps([
    {key: value for key, value in plain(provider).items() if key in wanted} for provider in providers
]))
