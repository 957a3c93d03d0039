"""Finds plug-ins (formats, check kinds, reports) by folder scan and by entry point, and imports them on use.

A file in the folder is enough: nothing else has to be edited. Third parties register an entry point in the group of
the same name, for instance ``crmq.rules``.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from crmq.errors import ConfigError, did_you_mean
from crmq.locales import _


@cache
def names(package: str, group: str | None = None) -> tuple[str, ...]:
    """Return the names of all modules in ``package`` and all entry points of ``group``, sorted, importing none."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ConfigError(_("There is no package {package}.").format(package=package))
    found = {m.name for m in pkgutil.iter_modules(spec.submodule_search_locations) if not m.name.startswith("_")}
    return tuple(sorted(found | set(_foreign(group))))


@cache
def _foreign(group: str | None) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)} if group else {}


def load(package: str, name: str, group: str | None = None) -> ModuleType:
    """Import one plug-in module.

    Raises:
        ConfigError: No plug-in has that name, or it cannot be imported (the message names the module and the reason).
    """
    known = names(package, group)
    if name not in known:
        close = did_you_mean(name, known)
        hint = _("Did you mean {word}?") if close else _("Known: {names}.")
        hint = hint.format(word=close, names=", ".join(known))
        raise ConfigError(_("{name} is not known.").format(name=name), hint=hint)
    point = _foreign(group).get(name)
    try:
        module = point.load() if point else importlib.import_module(f"{package}.{name}")
    except ImportError as error:
        raise ConfigError(
            _("The plug-in {name} cannot be loaded: {reason}.").format(name=name, reason=error),
            where=point.value if point else f"{package}.{name}",
        ) from error
    if not isinstance(module, ModuleType):
        raise ConfigError(_("The plug-in {name} must be a module.").format(name=name))
    return module
