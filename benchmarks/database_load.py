"""Puts the wide table into PostgreSQL and MariaDB, typed as a CRM would keep it, in a database that is made anew."""

from __future__ import annotations

from pathlib import Path

DATABASE = "crmq_bench"
TABLE = "wide"
_TYPES = {"record_id": "bigint", "revenue": "numeric(14,2)", "employees": "integer", "created_at": "timestamp"}


def _columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return file.readline().strip().split(",")


def postgresql(path: Path, host: str, port: int, user: str) -> str:
    """Load a CSV file and return the URL of its table."""
    import psycopg

    place = {"host": host, "port": port, "user": user}
    with psycopg.connect(**place, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {DATABASE}")
    declared = ", ".join(f'"{name}" {_TYPES.get(name, "text")}' for name in _columns(path))
    with psycopg.connect(**place, dbname=DATABASE, autocommit=True) as connection:
        connection.execute(f"CREATE UNLOGGED TABLE {TABLE} ({declared})")
        with connection.cursor().copy(f"COPY {TABLE} FROM STDIN (FORMAT csv, HEADER)") as copy, path.open("rb") as file:
            while block := file.read(1 << 20):
                copy.write(block)
        connection.execute(f"VACUUM ANALYZE {TABLE}")
    return f"postgresql://{user}@{host}:{port}/{DATABASE}"


def mariadb(path: Path, host: str, port: int, user: str) -> str:
    """Load a CSV file and return the URL of its table."""
    import pymysql

    names = _columns(path)
    types = {**_TYPES, "created_at": "datetime"}
    declared = ", ".join(f"`{name}` {types.get(name, 'varchar(200)')}" for name in names)
    with pymysql.connect(host=host, port=port, user=user, autocommit=True, local_infile=True) as connection:
        cursor = connection.cursor()
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
        cursor.execute(f"USE {DATABASE}")
        cursor.execute(f"CREATE TABLE {TABLE} ({declared})")
        read = ", ".join(f"@v{i}" for i in range(len(names)))
        made = ", ".join(f"`{name}` = NULLIF(@v{i}, '')" for i, name in enumerate(names))
        cursor.execute(
            f"LOAD DATA LOCAL INFILE '{path.resolve()}' INTO TABLE {TABLE} CHARACTER SET utf8mb4 "
            f"FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' IGNORE 1 LINES ({read}) SET {made}"
        )
    return f"mysql://{user}@{host}:{port}/{DATABASE}"


def drop(postgresql_place: tuple[str, int, str] | None, mariadb_place: tuple[str, int, str] | None) -> None:
    """Remove the databases again."""
    if postgresql_place:
        import psycopg

        host, port, user = postgresql_place
        with psycopg.connect(host=host, port=port, user=user, dbname="postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    if mariadb_place:
        import pymysql

        host, port, user = mariadb_place
        with pymysql.connect(host=host, port=port, user=user, autocommit=True) as connection:
            connection.cursor().execute(f"DROP DATABASE IF EXISTS {DATABASE}")
