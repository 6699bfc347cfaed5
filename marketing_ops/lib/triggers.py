"""SQL of the triggers by which the database itself guards what must never change."""


def append_only(table: str) -> tuple[str, str]:
    """SQL to make `table` append-only, and SQL to undo it.

    UPDATE and DELETE are refused, whoever asks: bulk writes and psql go past any `save()`.
    """
    return (
        f"""
        CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only: % is not allowed', TG_OP
                USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only();
        """,
        f"""
        DROP TRIGGER {table}_append_only ON {table};
        DROP FUNCTION {table}_append_only();
        """,
    )


def versioned(table: str) -> tuple[str, str]:
    """SQL to freeze the rows of a bitemporal `table`, and SQL to undo it.

    The one thing that may happen to a row is that its `superseded_at` is set, once; rows are never
    deleted.
    """
    return (
        f"""
        CREATE FUNCTION {table}_versioned() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD.superseded_at IS NULL THEN
                OLD.superseded_at := NEW.superseded_at;
                IF OLD IS NOT DISTINCT FROM NEW THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '{table} is immutable: a correction is a new row, not %', TG_OP
                USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER {table}_versioned BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_versioned();
        """,
        f"""
        DROP TRIGGER {table}_versioned ON {table};
        DROP FUNCTION {table}_versioned();
        """,
    )
