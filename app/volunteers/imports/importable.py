"""Every kind of spreadsheet that can be imported. A new kind is added here, and nowhere else."""

from app.volunteers.imports import importing_hours, importing_volunteers
from app.volunteers.imports.kinds import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (importing_volunteers.KIND, importing_hours.KIND)}
