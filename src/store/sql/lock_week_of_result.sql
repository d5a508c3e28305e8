SELECT week.id FROM rpm_weekly_plans AS week JOIN rpm_results AS result ON result.weekly_plan_id = week.id
WHERE result.id = $1 FOR NO KEY UPDATE OF week
