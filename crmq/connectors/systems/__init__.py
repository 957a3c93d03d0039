"""One YAML file per vendor system: all that crmq knows of it. Nothing else has to be touched to add one."""
