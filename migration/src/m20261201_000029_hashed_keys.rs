//! Results and weeks are looked up by their ids for each of the actions that are shown. By hash that is one page of an index however many there
//! are, where a tree has three at a million actions, and two numbers are compared instead of a dozen ids.
//!
//! An index costs each change that moves another indexed column (`updated_at` is one). Of actions that is every change, and they have none; of results
//! the few that move their status; of weeks those of their completion rate, one for all changes that are made together.

crate::sql_migration! {
    up: "
CREATE INDEX idx_results_id ON rpm_results USING hash (id);
CREATE INDEX idx_weekly_plans_id ON rpm_weekly_plans USING hash (id);
",
    down: "
DROP INDEX idx_results_id;
DROP INDEX idx_weekly_plans_id;
",
}
