package io.streamviews.projection;

import io.streamviews.projection.generation.ApplicationGeneration;

/** A derived view that is kept from another derived view, and whose name sorts before the other one's. */
public final class DerivedFromDerived {

    private static final String CREATE =
            """
            BEGIN;
            SET LOCAL search_path = %s;
            CREATE VIEW big_departments_definition AS
            SELECT department, user_count FROM department_stats WHERE user_count > 1;
            CREATE TABLE big_departments (department text, user_count bigint);
            CREATE PROCEDURE big_departments_fill()
            BEGIN ATOMIC
                DELETE FROM big_departments;
                INSERT INTO big_departments SELECT department, user_count FROM big_departments_definition;
            END;
            CREATE FUNCTION big_departments_apply() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                EXECUTE format('CALL %I.big_departments_fill()', TG_TABLE_SCHEMA);
                RETURN NULL;
            END
            $$;
            CALL derive('big_departments', 'user_view');
            COMMIT
            """;

    private DerivedFromDerived() {}

    public static void in(ApplicationGeneration generation) {
        generation.query(CREATE);
    }
}
