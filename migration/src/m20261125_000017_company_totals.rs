//! The company in sums, without reading everything there ever was: what all weeks, actions and deliverables add up to, and what has
//! been added to or taken from that since.
//!
//! A change adds a row and touches none that others change, so that writers do not wait for each other. The sums are those of
//! `company_totals` and of all rows of `company_changes` together, at every moment; a job takes these into the former.

crate::sql_migration! {
    up: "
CREATE TABLE company_totals (
    is_only BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (is_only),
    weeks BIGINT NOT NULL,
    actions BIGINT NOT NULL,
    completed_actions BIGINT NOT NULL,
    published_deliverables BIGINT NOT NULL,
    deliverable_revenue NUMERIC NOT NULL,
    -- How many deliverables have a target: a sum of none is none.
    targeted_deliverables BIGINT NOT NULL,
    deliverable_target NUMERIC NOT NULL
);
CREATE TABLE company_changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    weeks INTEGER NOT NULL DEFAULT 0,
    actions INTEGER NOT NULL DEFAULT 0,
    completed_actions INTEGER NOT NULL DEFAULT 0,
    published_deliverables INTEGER NOT NULL DEFAULT 0,
    deliverable_revenue NUMERIC NOT NULL DEFAULT 0,
    targeted_deliverables INTEGER NOT NULL DEFAULT 0,
    deliverable_target NUMERIC NOT NULL DEFAULT 0
);

LOCK TABLE rpm_weekly_plans, rpm_action_items, deliverables IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO company_totals (weeks, actions, completed_actions, published_deliverables, deliverable_revenue, targeted_deliverables,
                            deliverable_target)
SELECT (SELECT count(*) FROM rpm_weekly_plans), action.total, action.completed, made.published, made.revenue, made.targeted, made.target
FROM (SELECT count(*) FILTER (WHERE status <> 'cancelled') AS total, count(*) FILTER (WHERE status = 'completed') AS completed FROM rpm_action_items) AS action,
     (SELECT count(*) FILTER (WHERE status = 'published') AS published, COALESCE(sum(revenue_actual), 0) AS revenue,
             count(revenue_target) AS targeted, COALESCE(sum(revenue_target), 0) AS target FROM deliverables) AS made;

CREATE FUNCTION weeks_change_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO company_changes (weeks)
    SELECT count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END FROM changed HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER change_company_added AFTER INSERT ON rpm_weekly_plans REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION weeks_change_company();
CREATE TRIGGER change_company_removed AFTER DELETE ON rpm_weekly_plans REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION weeks_change_company();

CREATE FUNCTION actions_change_company() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign INTEGER := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO company_changes (actions, completed_actions)
    SELECT count(*) FILTER (WHERE status <> 'cancelled') * sign, count(*) FILTER (WHERE status = 'completed') * sign
    FROM changed HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER change_company_added AFTER INSERT ON rpm_action_items REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION actions_change_company();
CREATE TRIGGER change_company_removed AFTER DELETE ON rpm_action_items REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION actions_change_company();

CREATE FUNCTION status_changes_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO company_changes (actions, completed_actions)
    VALUES ((OLD.status = 'cancelled')::int - (NEW.status = 'cancelled')::int,
            (NEW.status = 'completed')::int - (OLD.status = 'completed')::int);
    RETURN NULL;
END $$;
CREATE TRIGGER change_company AFTER UPDATE ON rpm_action_items FOR EACH ROW
    WHEN ((OLD.status = 'completed', OLD.status = 'cancelled') IS DISTINCT FROM (NEW.status = 'completed', NEW.status = 'cancelled'))
    EXECUTE FUNCTION status_changes_company();

CREATE FUNCTION deliverables_change_company() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign INTEGER := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO company_changes (published_deliverables, deliverable_revenue, targeted_deliverables, deliverable_target)
    SELECT count(*) FILTER (WHERE status = 'published') * sign, COALESCE(sum(revenue_actual), 0) * sign,
           count(revenue_target) * sign, COALESCE(sum(revenue_target), 0) * sign
    FROM changed HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER change_company_added AFTER INSERT ON deliverables REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION deliverables_change_company();
CREATE TRIGGER change_company_removed AFTER DELETE ON deliverables REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION deliverables_change_company();

CREATE FUNCTION deliverable_changes_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO company_changes (published_deliverables, deliverable_revenue, targeted_deliverables, deliverable_target)
    VALUES ((NEW.status = 'published')::int - (OLD.status = 'published')::int,
            COALESCE(NEW.revenue_actual, 0) - COALESCE(OLD.revenue_actual, 0),
            (NEW.revenue_target IS NOT NULL)::int - (OLD.revenue_target IS NOT NULL)::int,
            COALESCE(NEW.revenue_target, 0) - COALESCE(OLD.revenue_target, 0));
    RETURN NULL;
END $$;
CREATE TRIGGER change_company AFTER UPDATE ON deliverables FOR EACH ROW
    WHEN ((OLD.status, OLD.revenue_actual, OLD.revenue_target) IS DISTINCT FROM (NEW.status, NEW.revenue_actual, NEW.revenue_target))
    EXECUTE FUNCTION deliverable_changes_company();
",
    down: "
DROP TRIGGER change_company ON deliverables;
DROP FUNCTION deliverable_changes_company();
DROP TRIGGER change_company_removed ON deliverables;
DROP TRIGGER change_company_added ON deliverables;
DROP FUNCTION deliverables_change_company();
DROP TRIGGER change_company ON rpm_action_items;
DROP FUNCTION status_changes_company();
DROP TRIGGER change_company_removed ON rpm_action_items;
DROP TRIGGER change_company_added ON rpm_action_items;
DROP FUNCTION actions_change_company();
DROP TRIGGER change_company_removed ON rpm_weekly_plans;
DROP TRIGGER change_company_added ON rpm_weekly_plans;
DROP FUNCTION weeks_change_company();
DROP TABLE company_changes;
DROP TABLE company_totals;
",
}
