-- One row per agent and day.
CREATE OR REPLACE VIEW agent_day AS
SELECT
    day,
    coalesce(agent_id, agent_name) AS agent,
    arg_max(agent_name, coalesce(started_at, loaded_at)) AS agent_name,
    arg_max(team, coalesce(started_at, loaded_at)) AS team,
    count(*) AS calls,
    sum(duration_s) / 60 AS call_min,
    avg(score) AS mean_score,
    count(*) FILTER (WHERE flags > 0) AS flagged_calls,
    CAST(sum(flags) AS BIGINT) AS flags,
    CAST(sum(critical_flags) AS BIGINT) AS critical_flags,
    CAST(sum(undetermined) AS BIGINT) AS undetermined,
    median(agent_speech_rate) FILTER (WHERE agent_speech_rate_unit = 'characters/min') AS median_characters_per_min,
    median(agent_speech_rate) FILTER (WHERE agent_speech_rate_unit = 'words/min') AS median_words_per_min,
    median(agent_level_dbfs) AS median_level_dbfs,
    sum(agent_interruptions) AS interruptions,
    median(longest_silence_s) AS median_longest_silence_s,
    sum(dead_airs) AS dead_airs,
    sum(dead_air_s) AS dead_air_s,
    median(agent_talk_share) AS median_talk_share
FROM call_overview
GROUP BY ALL;

COMMENT ON VIEW agent_day IS 'One row per agent and day. The day is that of the agent''s own clock; calls without agent or time are rows with null.';
COMMENT ON COLUMN agent_day.day IS 'Day on which the calls began, where the agent sits; null for calls without a time.';
COMMENT ON COLUMN agent_day.agent IS 'agent_id, or agent_name where there is none; null for calls whose agent is not known.';
COMMENT ON COLUMN agent_day.agent_name IS 'Agent''s name, as in the latest call.';
COMMENT ON COLUMN agent_day.team IS 'Agent''s team, as in the latest call.';
COMMENT ON COLUMN agent_day.calls IS 'Calls.';
COMMENT ON COLUMN agent_day.call_min IS 'Length of the calls together, in minutes.';
COMMENT ON COLUMN agent_day.mean_score IS 'Mean of the calls'' scores, 0 to 100; null where none has one.';
COMMENT ON COLUMN agent_day.flagged_calls IS 'Calls with at least one flag.';
COMMENT ON COLUMN agent_day.flags IS 'Flags.';
COMMENT ON COLUMN agent_day.critical_flags IS 'Flags of severity critical.';
COMMENT ON COLUMN agent_day.undetermined IS 'Rules that a person has to decide.';
COMMENT ON COLUMN agent_day.median_characters_per_min IS 'Median talk speed over the calls counted in characters, per minute.';
COMMENT ON COLUMN agent_day.median_words_per_min IS 'Median talk speed over the calls counted in words, per minute.';
COMMENT ON COLUMN agent_day.median_level_dbfs IS 'Median level while speaking, in dBFS.';
COMMENT ON COLUMN agent_day.interruptions IS 'Times the agent interrupted a customer; null where it was measured in no call.';
COMMENT ON COLUMN agent_day.median_longest_silence_s IS 'Median of the calls'' longest silences, in seconds.';
COMMENT ON COLUMN agent_day.dead_airs IS 'Silences long enough to be dead air; null where measured in no call.';
COMMENT ON COLUMN agent_day.dead_air_s IS 'Dead air in all, in seconds.';
COMMENT ON COLUMN agent_day.median_talk_share IS 'Median of the agent''s share of the speech, 0 to 1.';
