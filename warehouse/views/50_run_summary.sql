-- One row per run, the latest first.
CREATE OR REPLACE VIEW run_summary AS
WITH scored AS (
    SELECT run_id, count(*) AS calls, count(*) FILTER (WHERE flags > 0) AS flagged_calls, avg(score) AS mean_score
    FROM call_overview
    GROUP BY run_id
),
warned AS (
    SELECT run_id, count(*) AS warnings FROM warnings GROUP BY run_id
)
SELECT
    run_id,
    name,
    CASE WHEN finished_at IS NULL THEN 'unfinished' ELSE 'finished' END AS status,
    started_at,
    finished_at,
    date_diff('millisecond', started_at, finished_at) / 1000 AS duration_s,
    inbox,
    calls_found,
    heard,
    loaded,
    failed,
    coalesce(warnings, 0) AS warnings,
    coalesce(calls, 0) AS calls,
    coalesce(flagged_calls, 0) AS flagged_calls,
    mean_score
FROM runs
LEFT JOIN scored USING (run_id)
LEFT JOIN warned USING (run_id)
ORDER BY started_at DESC, run_id;

COMMENT ON VIEW run_summary IS 'One row per run, the latest first.';
COMMENT ON COLUMN run_summary.run_id IS 'Identity of the run.';
COMMENT ON COLUMN run_summary.name IS 'Name people know the run by.';
COMMENT ON COLUMN run_summary.status IS 'finished, or unfinished while it runs or where it was killed.';
COMMENT ON COLUMN run_summary.started_at IS 'When it began.';
COMMENT ON COLUMN run_summary.finished_at IS 'When it ended.';
COMMENT ON COLUMN run_summary.duration_s IS 'How long it took, in seconds.';
COMMENT ON COLUMN run_summary.inbox IS 'Folder of recordings.';
COMMENT ON COLUMN run_summary.calls_found IS 'Recordings found.';
COMMENT ON COLUMN run_summary.heard IS 'Calls heard by the engines, not taken from the shelf.';
COMMENT ON COLUMN run_summary.loaded IS 'Calls written to the warehouse.';
COMMENT ON COLUMN run_summary.failed IS 'Recordings that could not be scored.';
COMMENT ON COLUMN run_summary.warnings IS 'Things noticed that lost no call.';
COMMENT ON COLUMN run_summary.calls IS 'Calls that this run was the last to load.';
COMMENT ON COLUMN run_summary.flagged_calls IS 'Those of them with at least one flag.';
COMMENT ON COLUMN run_summary.mean_score IS 'Mean score of those calls, 0 to 100; null where none has one.';
