-- $1 and $2 days: the plans that begin between them, both included.
SELECT week.id, week.week_start_date AS first_day, week.week_end_date AS last_day, project.code AS project,
       week.revenue_target_low AS target_low, week.revenue_target_high AS target_high
FROM rpm_weekly_plans AS week JOIN projects AS project ON project.id = week.project_id
WHERE week.week_start_date BETWEEN $1 AND $2
ORDER BY week.week_start_date, project.code
