-- One row per call.
CREATE OR REPLACE VIEW call_overview AS
WITH measured AS (
    SELECT
        call_id,
        any_value(value) FILTER (WHERE name = 'talk_speed.speech_rate' AND party = 'agent') AS agent_speech_rate,
        any_value(unit) FILTER (WHERE name = 'talk_speed.speech_rate' AND party = 'agent') AS agent_speech_rate_unit,
        any_value(value) FILTER (WHERE name = 'talk_speed.speech_rate' AND party = 'customer') AS customer_speech_rate,
        any_value(unit) FILTER (WHERE name = 'talk_speed.speech_rate' AND party = 'customer') AS customer_speech_rate_unit,
        any_value(value) FILTER (WHERE name = 'volume.active_level' AND party = 'agent') AS agent_level_dbfs,
        any_value(value) FILTER (WHERE name = 'volume.active_level' AND party = 'customer') AS customer_level_dbfs,
        any_value(value) FILTER (WHERE name = 'volume.loudness' AND party = 'agent') AS agent_loudness_lufs,
        any_value(value) FILTER (WHERE name = 'volume.loudness' AND party = 'customer') AS customer_loudness_lufs,
        any_value(value) FILTER (WHERE name = 'interruptions.count' AND party = 'agent') AS agent_interruptions,
        any_value(value) FILTER (WHERE name = 'interruptions.successful' AND party = 'agent') AS agent_interruptions_successful,
        any_value(value) FILTER (WHERE name = 'interruptions.attempts' AND party = 'agent') AS agent_interruption_attempts,
        any_value(value) FILTER (WHERE name = 'interruptions.count' AND party = 'customer') AS customer_interruptions,
        any_value(value) FILTER (WHERE name = 'silence.longest' AND party IS NULL) AS longest_silence_s,
        any_value(value) FILTER (WHERE name = 'silence.count' AND party IS NULL) AS silences,
        any_value(value) FILTER (WHERE name = 'silence.dead_air_count' AND party IS NULL) AS dead_airs,
        any_value(value) FILTER (WHERE name = 'silence.dead_air' AND party IS NULL) AS dead_air_s,
        any_value(value) FILTER (WHERE name = 'talk_share.of_speech' AND party = 'agent') AS agent_talk_share,
        any_value(value) FILTER (WHERE name = 'talk_share.of_duration' AND party = 'agent') AS agent_share_of_call,
        any_value(value) FILTER (WHERE name = 'talk_share.of_duration' AND party = 'customer') AS customer_share_of_call
    FROM measures
    GROUP BY call_id
),
judged AS (
    SELECT
        call_id,
        count(*) FILTER (WHERE verdict = 'pass') AS passed,
        count(*) FILTER (WHERE verdict = 'flag') AS flags,
        count(*) FILTER (WHERE verdict = 'flag' AND severity = 'minor') AS minor_flags,
        count(*) FILTER (WHERE verdict = 'flag' AND severity = 'major') AS major_flags,
        count(*) FILTER (WHERE verdict = 'flag' AND severity = 'critical') AS critical_flags,
        count(*) FILTER (WHERE verdict = 'undetermined') AS undetermined,
        count(*) FILTER (WHERE verdict = 'not_applicable') AS not_applicable,
        sum(points) FILTER (WHERE verdict IN ('pass', 'flag')) AS points,
        sum(max_points) FILTER (WHERE verdict IN ('pass', 'flag') AND points IS NOT NULL) AS max_points
    FROM findings
    GROUP BY call_id
),
limited AS (
    SELECT call_id, string_agg(what || ': ' || because, '; ' ORDER BY what, because) AS limits
    FROM limits
    GROUP BY call_id
)
SELECT
    calls.call_id,
    started_at,
    CAST(started_local AS DATE) AS day,
    agent_id,
    agent_name,
    team,
    customer_id,
    key_customer,
    queue,
    business_type,
    direction,
    language,
    duration_s,
    ring_s,
    hung_up_by,
    csat,
    attributes,
    100 * points / nullif(max_points, 0) AS score,
    coalesce(flags, 0) AS flags,
    coalesce(minor_flags, 0) AS minor_flags,
    coalesce(major_flags, 0) AS major_flags,
    coalesce(critical_flags, 0) AS critical_flags,
    coalesce(passed, 0) AS passed,
    coalesce(undetermined, 0) AS undetermined,
    coalesce(not_applicable, 0) AS not_applicable,
    measured.* EXCLUDE (call_id),
    speech_coverage,
    role_source,
    role_confidence,
    diarized,
    limits,
    uri,
    run_id,
    loaded_at
FROM calls
LEFT JOIN measured ON measured.call_id = calls.call_id
LEFT JOIN judged ON judged.call_id = calls.call_id
LEFT JOIN limited ON limited.call_id = calls.call_id;

COMMENT ON VIEW call_overview IS 'One row per call. Metadata, how well it was heard, measures and verdicts side by side.';
COMMENT ON COLUMN call_overview.call_id IS 'Identity of the call.';
COMMENT ON COLUMN call_overview.started_at IS 'When the call began.';
COMMENT ON COLUMN call_overview.day IS 'Day on which the call began, where the agent sits.';
COMMENT ON COLUMN call_overview.agent_id IS 'Agent''s number at the site.';
COMMENT ON COLUMN call_overview.agent_name IS 'Agent''s name.';
COMMENT ON COLUMN call_overview.team IS 'Agent''s team.';
COMMENT ON COLUMN call_overview.customer_id IS 'Customer''s number at the site.';
COMMENT ON COLUMN call_overview.key_customer IS 'True for a customer whom the site calls important.';
COMMENT ON COLUMN call_overview.queue IS 'Queue or skill group.';
COMMENT ON COLUMN call_overview.business_type IS 'What the call is about.';
COMMENT ON COLUMN call_overview.direction IS 'inbound or outbound, in the site''s own words.';
COMMENT ON COLUMN call_overview.language IS 'Language the call was heard in.';
COMMENT ON COLUMN call_overview.duration_s IS 'Length in seconds.';
COMMENT ON COLUMN call_overview.ring_s IS 'Seconds it rang before it was answered.';
COMMENT ON COLUMN call_overview.hung_up_by IS 'Who ended the call.';
COMMENT ON COLUMN call_overview.csat IS 'Customer satisfaction on the site''s own scale.';
COMMENT ON COLUMN call_overview.attributes IS 'Further metadata columns of the site, as JSON.';
COMMENT ON COLUMN call_overview.score IS '100 * points earned / points possible, over the rules that passed or were flagged; null where no rule was decided.';
COMMENT ON COLUMN call_overview.flags IS 'Rules flagged.';
COMMENT ON COLUMN call_overview.minor_flags IS 'Flags of severity minor.';
COMMENT ON COLUMN call_overview.major_flags IS 'Flags of severity major.';
COMMENT ON COLUMN call_overview.critical_flags IS 'Flags of severity critical.';
COMMENT ON COLUMN call_overview.passed IS 'Rules passed.';
COMMENT ON COLUMN call_overview.undetermined IS 'Rules that a person has to decide.';
COMMENT ON COLUMN call_overview.not_applicable IS 'Rules that do not apply to the call.';
COMMENT ON COLUMN call_overview.agent_speech_rate IS 'Agent''s talk speed, in agent_speech_rate_unit; null where it could not be measured.';
COMMENT ON COLUMN call_overview.agent_speech_rate_unit IS 'characters/min (Chinese) or words/min.';
COMMENT ON COLUMN call_overview.customer_speech_rate IS 'Customer''s talk speed, in customer_speech_rate_unit; null where it could not be measured.';
COMMENT ON COLUMN call_overview.customer_speech_rate_unit IS 'characters/min (Chinese) or words/min.';
COMMENT ON COLUMN call_overview.agent_level_dbfs IS 'Agent''s level while speaking, in dBFS; null where it could not be measured.';
COMMENT ON COLUMN call_overview.customer_level_dbfs IS 'Customer''s level while speaking, in dBFS; null where it could not be measured.';
COMMENT ON COLUMN call_overview.agent_loudness_lufs IS 'Agent''s integrated loudness, in LUFS; null where it could not be measured.';
COMMENT ON COLUMN call_overview.customer_loudness_lufs IS 'Customer''s integrated loudness, in LUFS; null where it could not be measured.';
COMMENT ON COLUMN call_overview.agent_interruptions IS 'Times the agent interrupted the customer; null where it could not be measured.';
COMMENT ON COLUMN call_overview.agent_interruptions_successful IS 'Those of them after which the customer stopped; null where it could not be measured.';
COMMENT ON COLUMN call_overview.agent_interruption_attempts IS 'Those of them after which the customer went on; null where it could not be measured.';
COMMENT ON COLUMN call_overview.customer_interruptions IS 'Times the customer interrupted the agent; null where it could not be measured.';
COMMENT ON COLUMN call_overview.longest_silence_s IS 'Longest silence, in seconds; null where it could not be measured.';
COMMENT ON COLUMN call_overview.silences IS 'Silences; null where it could not be measured.';
COMMENT ON COLUMN call_overview.dead_airs IS 'Silences long enough to be dead air; null where it could not be measured.';
COMMENT ON COLUMN call_overview.dead_air_s IS 'Dead air in all, in seconds; null where it could not be measured.';
COMMENT ON COLUMN call_overview.agent_talk_share IS 'Agent''s share of the speech of both parties, 0 to 1; null where it could not be measured.';
COMMENT ON COLUMN call_overview.agent_share_of_call IS 'Share of the call in which the agent speaks, 0 to 1; null where it could not be measured.';
COMMENT ON COLUMN call_overview.customer_share_of_call IS 'Share of the call in which the customer speaks, 0 to 1; null where it could not be measured.';
COMMENT ON COLUMN call_overview.speech_coverage IS 'Share of the speech time that got words, 0 to 1.';
COMMENT ON COLUMN call_overview.role_source IS 'How agent and customer were told apart.';
COMMENT ON COLUMN call_overview.role_confidence IS 'How sure the roles are, 0.5 to 1.';
COMMENT ON COLUMN call_overview.diarized IS 'True where an engine told voices of one channel apart.';
COMMENT ON COLUMN call_overview.limits IS 'What could not be heard or measured, and why; null where nothing.';
COMMENT ON COLUMN call_overview.uri IS 'Where the recording was found.';
COMMENT ON COLUMN call_overview.run_id IS 'Run that loaded the call.';
COMMENT ON COLUMN call_overview.loaded_at IS 'When it was loaded.';
