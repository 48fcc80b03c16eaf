-- One row per flagged finding, the worst first.
CREATE OR REPLACE VIEW flagged_calls AS
SELECT
    findings.severity,
    findings.call_id,
    findings.title_en,
    findings.title_zh,
    shown.start_s,
    shown.end_s,
    shown.party,
    shown.quote,
    findings.because_en,
    findings.because_zh,
    findings.max_points - findings.points AS points_lost,
    findings.max_points,
    calls.started_at,
    calls.agent_id,
    calls.agent_name,
    calls.team,
    calls.customer_id,
    calls.key_customer,
    calls.queue,
    calls.business_type,
    calls.uri,
    findings.rubric,
    findings.rule_id
FROM findings
JOIN calls ON calls.call_id = findings.call_id
LEFT JOIN evidence AS shown
    ON shown.call_id = findings.call_id
    AND shown.source = 'finding'
    AND shown.rubric = findings.rubric
    AND shown.name = findings.rule_id
    AND shown.evidence_no = 1
WHERE findings.verdict = 'flag'
ORDER BY
    findings.severity DESC,
    points_lost DESC NULLS LAST,
    calls.started_at DESC NULLS LAST,
    findings.call_id,
    findings.rubric,
    findings.rule_id;

COMMENT ON VIEW flagged_calls IS 'One row per flagged finding, the worst first. With the seconds to listen to.';
COMMENT ON COLUMN flagged_calls.severity IS 'How grave: minor, major or critical.';
COMMENT ON COLUMN flagged_calls.call_id IS 'Call.';
COMMENT ON COLUMN flagged_calls.title_en IS 'What the rule asks, in English.';
COMMENT ON COLUMN flagged_calls.title_zh IS 'What the rule asks, in Chinese.';
COMMENT ON COLUMN flagged_calls.start_s IS 'Begin of the first evidence, in seconds from the start of the recording.';
COMMENT ON COLUMN flagged_calls.end_s IS 'End (exclusive) of the first evidence, in seconds.';
COMMENT ON COLUMN flagged_calls.party IS 'Who is heard there; null where nobody in particular is.';
COMMENT ON COLUMN flagged_calls.quote IS 'What is said there; null where no words are.';
COMMENT ON COLUMN flagged_calls.because_en IS 'Why it was flagged, in English.';
COMMENT ON COLUMN flagged_calls.because_zh IS 'Why it was flagged, in Chinese.';
COMMENT ON COLUMN flagged_calls.points_lost IS 'Points the flag cost; null where it costs none.';
COMMENT ON COLUMN flagged_calls.max_points IS 'Points that could be earned.';
COMMENT ON COLUMN flagged_calls.started_at IS 'When the call began.';
COMMENT ON COLUMN flagged_calls.agent_id IS 'Agent''s number at the site.';
COMMENT ON COLUMN flagged_calls.agent_name IS 'Agent''s name.';
COMMENT ON COLUMN flagged_calls.team IS 'Agent''s team.';
COMMENT ON COLUMN flagged_calls.customer_id IS 'Customer''s number at the site.';
COMMENT ON COLUMN flagged_calls.key_customer IS 'True for a customer whom the site calls important.';
COMMENT ON COLUMN flagged_calls.queue IS 'Queue or skill group.';
COMMENT ON COLUMN flagged_calls.business_type IS 'What the call is about.';
COMMENT ON COLUMN flagged_calls.uri IS 'Where the recording was found.';
COMMENT ON COLUMN flagged_calls.rubric IS 'Rubric the rule stands in.';
COMMENT ON COLUMN flagged_calls.rule_id IS 'The rule.';
