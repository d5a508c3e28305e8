-- 104 weeks a project, each with 6 results and 28 actions; 5 agents. Deterministic but for the ids.
INSERT INTO projects (code, title)
SELECT 'P' || lpad(n::text, 3, '0'), 'Project ' || n FROM generate_series(1, {projects} - 1) AS n;

INSERT INTO rpm_weekly_plans (project_id, code, title, week_start_date, week_end_date, owner, version, completion_rate,
    revenue_target_low, revenue_target_high)
SELECT id, code || '-W' || lpad(n::text, 3, '0'), 'Week ' || n || ' of ' || title, DATE '2024-12-02' + 7 * n, DATE '2024-12-08' + 7 * n,
       'Jesse Niesen (CEO)', '1.0', 25, 10000, 25000
FROM projects, generate_series(0, 103) AS n;

INSERT INTO rpm_results (weekly_plan_id, position, result_code, result_text, purpose, priority, category)
SELECT week.id, n, 'R' || n + 1, 'Result ' || n + 1 || ' of the week: what is true when it is over',
       'Because somebody outside waits for it, and pays for it', n + 1, (ARRAY['ARCH', 'DEV', 'DOCS'])[n % 3 + 1]
FROM rpm_weekly_plans AS week, generate_series(0, 5) AS n ORDER BY week.week_start_date, week.id, n;

CREATE TEMPORARY TABLE planned AS
SELECT gen_random_uuid() AS id, result.id AS result_id, (n / 6)::int AS position, week.code || '-' || lpad(n::text, 2, '0') AS code, n,
       ((week.week_start_date - DATE '2024-12-02') / 7 * 28 + n)::int AS serial, week.week_start_date AS monday,
       (ARRAY['Jesse', 'Andrew', 'Christopher', 'Charlie', 'Liv Hana', 'Planning', 'Research', 'Artifacts', 'ExecMon', 'QA'])
           [((week.week_start_date - DATE '2024-12-02') / 7 * 28 + n) % 10 + 1] AS owner
FROM rpm_weekly_plans AS week CROSS JOIN generate_series(0, 27) AS n
JOIN rpm_results AS result ON result.weekly_plan_id = week.id AND result.position = n % 6
ORDER BY week.week_start_date, week.id, n;

INSERT INTO rpm_action_items (id, result_id, position, action_code, action_text, description, owner, due_date, funnel_stage, status,
    started_at, completion_date, estimated_hours, actual_hours, blocker_description, verification_criteria)
SELECT id, result_id, position, code, 'Action ' || code || ': the work that has to be done here', 'How it is done, in a sentence or two',
       owner, monday + (n % 5) * INTERVAL '1 day' + (9 + n % 9) * INTERVAL '1 hour', (ARRAY['top', 'middle', 'bottom'])[serial % 3 + 1], state,
       CASE WHEN state <> 'pending' THEN monday + INTERVAL '8 hours' END,
       CASE WHEN state = 'completed' THEN monday + (n % 5) * INTERVAL '1 day' + INTERVAL '12 hours' END,
       1 + serial % 8 * 0.5, CASE WHEN state = 'completed' THEN 1 + serial % 6 * 0.75 END,
       CASE WHEN state = 'blocked' THEN 'An answer is missing' END, 'Somebody has looked at it'
FROM (SELECT *, (ARRAY['pending', 'in_progress', 'blocked', 'completed'])[serial / 10 % 4 + 1] AS state FROM planned) AS action;

INSERT INTO action_owners (action_id, owner_id) SELECT planned.id, owners.id FROM planned JOIN owners ON name = owner;

-- Their heartbeats are of tomorrow: nobody falls silent during a measurement.
INSERT INTO agent_status (agent_name, status, health_score, last_heartbeat, current_action_id)
SELECT name, 'active', 90, now() + INTERVAL '1 day',
       (SELECT id FROM planned WHERE owner = name ORDER BY monday DESC, code DESC LIMIT 1)
FROM unnest(ARRAY['Artifacts', 'ExecMon', 'Planning', 'QA', 'Research']) AS name;

DROP TABLE planned;
TRUNCATE period_touches;
