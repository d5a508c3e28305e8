//! Time in a stage is time in which an action can be worked on: a stay ends when its action is cancelled, and a new one begins when it is
//! taken up again.

crate::sql_migration! {
    up: "
-- What is known of those that are cancelled: when they were changed last.
UPDATE action_stages AS stay SET left_at = greatest(stay.entered_at, action.updated_at)
FROM rpm_action_items AS action WHERE action.id = stay.action_id AND action.status = 'cancelled' AND stay.left_at IS NULL;

-- One that comes cancelled has spent no time.
CREATE OR REPLACE FUNCTION action_stages_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO action_stages (action_id, stage, entered_at, left_at)
    SELECT id, funnel_stage, created_at,
           CASE status WHEN 'completed' THEN greatest(created_at, COALESCE(completion_date, updated_at))
                       WHEN 'cancelled' THEN created_at END
    FROM added;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION action_stages_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment TIMESTAMPTZ := CASE WHEN NEW.updated_at > OLD.updated_at THEN NEW.updated_at ELSE now() END;
BEGIN
    IF OLD.status IN ('completed', 'cancelled') AND NEW.status IN ('completed', 'cancelled') THEN
        -- No time was spent. What is completed was completed in the stage that it is said to be in; what is cancelled left where it was.
        UPDATE action_stages SET
            stage = CASE NEW.status WHEN 'completed' THEN NEW.funnel_stage ELSE stage END,
            left_at = CASE WHEN NEW.status = 'cancelled' THEN left_at
                           WHEN OLD.status = 'cancelled' THEN greatest(entered_at, least(left_at, NEW.completion_date))
                           ELSE greatest(entered_at, COALESCE(NEW.completion_date, left_at)) END
        WHERE id = (SELECT id FROM action_stages WHERE action_id = NEW.id ORDER BY entered_at DESC, id DESC LIMIT 1);
    ELSIF OLD.status IN ('completed', 'cancelled') THEN
        INSERT INTO action_stages (action_id, stage, entered_at) VALUES (NEW.id, NEW.funnel_stage, moment);
    ELSE
        IF NEW.status = 'completed' THEN
            moment := COALESCE(NEW.completion_date, moment);
        END IF;
        IF NEW.funnel_stage <> OLD.funnel_stage THEN
            UPDATE action_stages SET stage = NEW.funnel_stage
            WHERE action_id = NEW.id AND left_at IS NULL AND entered_at >= moment;
            IF NOT FOUND THEN
                UPDATE action_stages SET left_at = moment WHERE action_id = NEW.id AND left_at IS NULL;
                INSERT INTO action_stages (action_id, stage, entered_at) VALUES (NEW.id, NEW.funnel_stage, moment);
            END IF;
        END IF;
        IF NEW.status IN ('completed', 'cancelled') THEN
            UPDATE action_stages SET left_at = greatest(entered_at, moment) WHERE action_id = NEW.id AND left_at IS NULL;
        END IF;
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER follow_stages ON rpm_action_items;
CREATE TRIGGER follow_stages AFTER UPDATE ON rpm_action_items FOR EACH ROW
    WHEN (OLD.funnel_stage <> NEW.funnel_stage
          OR (OLD.status = 'completed', OLD.status = 'cancelled') IS DISTINCT FROM (NEW.status = 'completed', NEW.status = 'cancelled')
          OR OLD.completion_date IS DISTINCT FROM NEW.completion_date)
    EXECUTE FUNCTION action_stages_follow();
",
    down: "
DROP TRIGGER follow_stages ON rpm_action_items;
CREATE OR REPLACE FUNCTION action_stages_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment TIMESTAMPTZ := CASE WHEN NEW.updated_at > OLD.updated_at THEN NEW.updated_at ELSE now() END;
BEGIN
    IF OLD.status = 'completed' AND NEW.status = 'completed' THEN
        -- A correction: no time was spent.
        UPDATE action_stages SET stage = NEW.funnel_stage,
            left_at = greatest(entered_at, COALESCE(NEW.completion_date, left_at))
        WHERE id = (SELECT id FROM action_stages WHERE action_id = NEW.id ORDER BY entered_at DESC, id DESC LIMIT 1);
    ELSIF OLD.status = 'completed' THEN
        INSERT INTO action_stages (action_id, stage, entered_at) VALUES (NEW.id, NEW.funnel_stage, moment);
    ELSE
        IF NEW.status = 'completed' THEN
            moment := COALESCE(NEW.completion_date, moment);
        END IF;
        IF NEW.funnel_stage <> OLD.funnel_stage THEN
            UPDATE action_stages SET stage = NEW.funnel_stage
            WHERE action_id = NEW.id AND left_at IS NULL AND entered_at >= moment;
            IF NOT FOUND THEN
                UPDATE action_stages SET left_at = moment WHERE action_id = NEW.id AND left_at IS NULL;
                INSERT INTO action_stages (action_id, stage, entered_at) VALUES (NEW.id, NEW.funnel_stage, moment);
            END IF;
        END IF;
        IF NEW.status = 'completed' THEN
            UPDATE action_stages SET left_at = greatest(entered_at, moment) WHERE action_id = NEW.id AND left_at IS NULL;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_stages AFTER UPDATE ON rpm_action_items FOR EACH ROW
    WHEN (OLD.funnel_stage <> NEW.funnel_stage OR (OLD.status = 'completed') <> (NEW.status = 'completed')
          OR OLD.completion_date IS DISTINCT FROM NEW.completion_date)
    EXECUTE FUNCTION action_stages_follow();
CREATE OR REPLACE FUNCTION action_stages_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO action_stages (action_id, stage, entered_at, left_at)
    SELECT id, funnel_stage, created_at,
           CASE WHEN status = 'completed' THEN greatest(created_at, COALESCE(completion_date, updated_at)) END
    FROM added;
    RETURN NULL;
END $$;
-- Each has one stay that is open, the latest.
UPDATE action_stages SET left_at = NULL WHERE id IN (
    SELECT DISTINCT ON (stay.action_id) stay.id
    FROM action_stages AS stay JOIN rpm_action_items AS action ON action.id = stay.action_id
    WHERE action.status = 'cancelled' ORDER BY stay.action_id, stay.entered_at DESC, stay.id DESC
);
",
}
