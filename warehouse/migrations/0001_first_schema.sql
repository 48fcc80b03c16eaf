-- The first schema: runs, calls, what was said in them, and what was measured and found.
-- Tall tables: a new measure or rule needs no migration. Rows of a call are replaced together when it is loaded
-- again, so only the small tables carry a primary key: the large ones are kept unique by that, and load faster.

CREATE TYPE party AS ENUM ('agent', 'customer', 'other');
CREATE TYPE verdict AS ENUM ('pass', 'flag', 'undetermined', 'not_applicable');
CREATE TYPE severity AS ENUM ('minor', 'major', 'critical');  -- in rising order: sorting by it sorts by gravity
CREATE TYPE evidence_source AS ENUM ('measure', 'finding');

CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    inbox VARCHAR NOT NULL,
    calls_found INTEGER,
    heard INTEGER,
    loaded INTEGER,
    failed INTEGER,
    settings_digest VARCHAR,
    versions JSON NOT NULL
);
COMMENT ON TABLE runs IS 'One row per nightly run.';
COMMENT ON COLUMN runs.run_id IS 'Identity of the run.';
COMMENT ON COLUMN runs.name IS 'Name people know the run by, as the scheduler shows it.';
COMMENT ON COLUMN runs.started_at IS 'When the run began.';
COMMENT ON COLUMN runs.finished_at IS 'When the run ended; null while it runs or where it was killed.';
COMMENT ON COLUMN runs.inbox IS 'Folder of recordings the run worked through.';
COMMENT ON COLUMN runs.calls_found IS 'Recordings found in the inbox; null until the run ends.';
COMMENT ON COLUMN runs.heard IS 'Calls heard by the engines in this run, not taken from the shelf; null until the run ends.';
COMMENT ON COLUMN runs.loaded IS 'Calls written to the warehouse; null until the run ends.';
COMMENT ON COLUMN runs.failed IS 'Recordings that could not be scored; null until the run ends.';
COMMENT ON COLUMN runs.settings_digest IS 'Fingerprint of the settings the run used.';
COMMENT ON COLUMN runs.versions IS 'Versions of the program and the engines, by name.';

CREATE TABLE calls (
    call_id VARCHAR PRIMARY KEY,
    sha256 VARCHAR NOT NULL,
    uri VARCHAR NOT NULL,
    duration_s DOUBLE NOT NULL,
    sample_rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    codec VARCHAR,
    language VARCHAR NOT NULL,
    agent_id VARCHAR,
    agent_name VARCHAR,
    team VARCHAR,
    customer_id VARCHAR,
    queue VARCHAR,
    business_type VARCHAR,
    direction VARCHAR,
    started_at TIMESTAMPTZ,
    started_local TIMESTAMP,
    ring_s DOUBLE,
    hung_up_by VARCHAR,
    metadata_language VARCHAR,
    agent_channel INTEGER,
    csat DOUBLE,
    key_customer BOOLEAN,
    attributes JSON NOT NULL,
    role_source VARCHAR NOT NULL,
    role_confidence DOUBLE NOT NULL,
    role_because VARCHAR,
    diarized BOOLEAN NOT NULL,
    speech_coverage DOUBLE,
    conversation_digest VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    loaded_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE calls IS 'One row per call; the same bytes are the same call.';
COMMENT ON COLUMN calls.call_id IS 'Identity of the call, from the metadata or else the file name.';
COMMENT ON COLUMN calls.sha256 IS 'SHA-256 of the recording''s bytes.';
COMMENT ON COLUMN calls.uri IS 'Where the recording was found.';
COMMENT ON COLUMN calls.duration_s IS 'Length of the recording in seconds.';
COMMENT ON COLUMN calls.sample_rate_hz IS 'Samples per second of the recording as found, in hertz.';
COMMENT ON COLUMN calls.channels IS 'Channels of the recording as found.';
COMMENT ON COLUMN calls.codec IS 'Codec of the recording.';
COMMENT ON COLUMN calls.language IS 'Language the call was heard in (zh, en, ...).';
COMMENT ON COLUMN calls.agent_id IS 'Agent''s number at the site (metadata).';
COMMENT ON COLUMN calls.agent_name IS 'Agent''s name (metadata).';
COMMENT ON COLUMN calls.team IS 'Agent''s team (metadata).';
COMMENT ON COLUMN calls.customer_id IS 'Customer''s number at the site (metadata).';
COMMENT ON COLUMN calls.queue IS 'Queue or skill group that took the call (metadata).';
COMMENT ON COLUMN calls.business_type IS 'What the call is about, in the site''s own words (metadata).';
COMMENT ON COLUMN calls.direction IS 'inbound or outbound, in the site''s own words (metadata).';
COMMENT ON COLUMN calls.started_at IS 'When the call began (metadata).';
COMMENT ON COLUMN calls.started_local IS 'The same on the clock of the zone that the metadata gave; its date is the agent''s day.';
COMMENT ON COLUMN calls.ring_s IS 'Seconds the call rang before it was answered (metadata).';
COMMENT ON COLUMN calls.hung_up_by IS 'Who ended the call, in the site''s own words (metadata).';
COMMENT ON COLUMN calls.metadata_language IS 'Language the metadata claim; null where they claim none.';
COMMENT ON COLUMN calls.agent_channel IS 'Channel of the agent, counted from 0 (metadata).';
COMMENT ON COLUMN calls.csat IS 'Customer satisfaction on the site''s own scale (metadata).';
COMMENT ON COLUMN calls.key_customer IS 'True for a customer whom the site calls important (metadata).';
COMMENT ON COLUMN calls.attributes IS 'Further metadata columns of the site, by name.';
COMMENT ON COLUMN calls.role_source IS 'How agent and customer were told apart: metadata, settings or content.';
COMMENT ON COLUMN calls.role_confidence IS 'How sure the roles are, 0.5 to 1.';
COMMENT ON COLUMN calls.role_because IS 'What the roles were told by.';
COMMENT ON COLUMN calls.diarized IS 'True where voices shared one channel and an engine told them apart.';
COMMENT ON COLUMN calls.speech_coverage IS 'Share of the speech time that got words, 0 to 1; null where nobody speaks.';
COMMENT ON COLUMN calls.conversation_digest IS 'SHA-256 of the conversation as heard: other digest, other hearing.';
COMMENT ON COLUMN calls.run_id IS 'Run that loaded the call.';
COMMENT ON COLUMN calls.loaded_at IS 'When the call was loaded.';

CREATE TABLE turns (
    call_id VARCHAR NOT NULL,
    turn_no INTEGER NOT NULL,
    party party NOT NULL,
    speaker VARCHAR NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    text VARCHAR NOT NULL,
    CHECK (start_s <= end_s)
);
COMMENT ON TABLE turns IS 'One row per turn: what one voice says until it pauses or another takes over.';
COMMENT ON COLUMN turns.call_id IS 'Call of the turn.';
COMMENT ON COLUMN turns.turn_no IS 'Position in the call by start, from 1.';
COMMENT ON COLUMN turns.party IS 'Who speaks.';
COMMENT ON COLUMN turns.speaker IS 'The engine''s name of the voice.';
COMMENT ON COLUMN turns.start_s IS 'Begin, in seconds from the start of the recording.';
COMMENT ON COLUMN turns.end_s IS 'End (exclusive), in seconds from the start of the recording.';
COMMENT ON COLUMN turns.text IS 'The words of the turn; empty where none were understood.';

CREATE TABLE words (
    call_id VARCHAR NOT NULL,
    word_no INTEGER NOT NULL,
    turn_no INTEGER,
    party party NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    text VARCHAR NOT NULL,
    original VARCHAR NOT NULL,
    probability DOUBLE NOT NULL,
    channel INTEGER NOT NULL,
    CHECK (start_s <= end_s)
);
COMMENT ON TABLE words IS 'One row per recognised word.';
COMMENT ON COLUMN words.call_id IS 'Call of the word.';
COMMENT ON COLUMN words.word_no IS 'Position in the call by start, from 1.';
COMMENT ON COLUMN words.turn_no IS 'Turn the word belongs to; null where its party has no turn.';
COMMENT ON COLUMN words.party IS 'Who says it.';
COMMENT ON COLUMN words.start_s IS 'Begin, in seconds from the start of the recording.';
COMMENT ON COLUMN words.end_s IS 'End (exclusive), in seconds from the start of the recording.';
COMMENT ON COLUMN words.text IS 'The word, normalised: simplified Chinese, half width.';
COMMENT ON COLUMN words.original IS 'The word as the recogniser wrote it, with its punctuation.';
COMMENT ON COLUMN words.probability IS 'How sure the recogniser is, 0 to 1.';
COMMENT ON COLUMN words.channel IS 'Channel of the recording it was heard on, from 0.';

CREATE TABLE unintelligible (
    call_id VARCHAR NOT NULL,
    party party NOT NULL,
    speaker VARCHAR NOT NULL,
    channel INTEGER NOT NULL,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    CHECK (start_s <= end_s)
);
COMMENT ON TABLE unintelligible IS 'One row per stretch of speech that no words could be found for.';
COMMENT ON COLUMN unintelligible.call_id IS 'Call of the stretch.';
COMMENT ON COLUMN unintelligible.party IS 'Who speaks.';
COMMENT ON COLUMN unintelligible.speaker IS 'The engine''s name of the voice.';
COMMENT ON COLUMN unintelligible.channel IS 'Channel of the recording it was heard on, from 0.';
COMMENT ON COLUMN unintelligible.start_s IS 'Begin, in seconds from the start of the recording.';
COMMENT ON COLUMN unintelligible.end_s IS 'End (exclusive), in seconds from the start of the recording.';

CREATE TABLE limits (
    call_id VARCHAR NOT NULL,
    what VARCHAR NOT NULL,
    because VARCHAR NOT NULL
);
COMMENT ON TABLE limits IS 'One row per thing that could not be heard or measured in a call.';
COMMENT ON COLUMN limits.call_id IS 'Call the limit belongs to.';
COMMENT ON COLUMN limits.what IS 'What could not be heard or measured.';
COMMENT ON COLUMN limits.because IS 'Why not.';

CREATE TABLE engines (
    call_id VARCHAR NOT NULL,
    job VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    options JSON NOT NULL
);
COMMENT ON TABLE engines IS 'One row per call and engine that took part in hearing it.';
COMMENT ON COLUMN engines.call_id IS 'Call that was heard.';
COMMENT ON COLUMN engines.job IS 'What the engine did (transcription, diarization, ...).';
COMMENT ON COLUMN engines.name IS 'Name of the engine.';
COMMENT ON COLUMN engines.version IS 'Version of the engine.';
COMMENT ON COLUMN engines.model IS 'Model it ran, with its revision.';
COMMENT ON COLUMN engines.options IS 'Options it ran with, by name.';

CREATE TABLE measures (
    call_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    party party,
    value DOUBLE,
    unit VARCHAR NOT NULL,
    missing_because VARCHAR,
    low_confidence_because VARCHAR,
    CHECK ((value IS NULL) <> (missing_because IS NULL))
);
COMMENT ON TABLE measures IS 'One row per call, measure and party.';
COMMENT ON COLUMN measures.call_id IS 'Call that was measured.';
COMMENT ON COLUMN measures.name IS 'Name of the measure, as analyzer.measure.';
COMMENT ON COLUMN measures.party IS 'Whose measure it is; null where it belongs to the call as a whole.';
COMMENT ON COLUMN measures.value IS 'The value in `unit`; null where it could not be taken.';
COMMENT ON COLUMN measures.unit IS 'Unit of the value.';
COMMENT ON COLUMN measures.missing_because IS 'Why there is no value; null where there is one.';
COMMENT ON COLUMN measures.low_confidence_because IS 'Why the value is less sure than usual; null where it is not.';

CREATE TABLE findings (
    call_id VARCHAR NOT NULL,
    rubric VARCHAR NOT NULL,
    rubric_version VARCHAR NOT NULL,
    rubric_digest VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    title_en VARCHAR NOT NULL,
    title_zh VARCHAR NOT NULL,
    verdict verdict NOT NULL,
    severity severity NOT NULL,
    points DOUBLE,
    max_points DOUBLE NOT NULL,
    value DOUBLE,
    because_en VARCHAR NOT NULL,
    because_zh VARCHAR NOT NULL
);
COMMENT ON TABLE findings IS 'One row per call and rule: the rule''s verdict on the call.';
COMMENT ON COLUMN findings.call_id IS 'Call that was judged.';
COMMENT ON COLUMN findings.rubric IS 'Rubric the rule stands in.';
COMMENT ON COLUMN findings.rubric_version IS 'Version of the rubric.';
COMMENT ON COLUMN findings.rubric_digest IS 'SHA-256 of the rubric: other digest, other rules.';
COMMENT ON COLUMN findings.rule_id IS 'The rule, unique in its rubric.';
COMMENT ON COLUMN findings.title_en IS 'What the rule asks, in English.';
COMMENT ON COLUMN findings.title_zh IS 'What the rule asks, in Chinese.';
COMMENT ON COLUMN findings.verdict IS 'pass, flag, undetermined (a person has to listen) or not_applicable.';
COMMENT ON COLUMN findings.severity IS 'How grave a flag is.';
COMMENT ON COLUMN findings.points IS 'Points earned; null where the verdict earns or costs nothing.';
COMMENT ON COLUMN findings.max_points IS 'Points that can be earned.';
COMMENT ON COLUMN findings.value IS 'The number the rule looked at; null where it looks at none.';
COMMENT ON COLUMN findings.because_en IS 'Why this verdict, in English.';
COMMENT ON COLUMN findings.because_zh IS 'Why this verdict, in Chinese.';

CREATE TABLE evidence (
    call_id VARCHAR NOT NULL,
    source evidence_source NOT NULL,
    name VARCHAR NOT NULL,
    rubric VARCHAR,
    measure_party party,
    evidence_no INTEGER NOT NULL,
    party party,
    start_s DOUBLE NOT NULL,
    end_s DOUBLE NOT NULL,
    quote VARCHAR,
    CHECK (start_s <= end_s)
);
COMMENT ON TABLE evidence IS 'One row per stretch of audio that shows a measure or a finding.';
COMMENT ON COLUMN evidence.call_id IS 'Call the seconds are in.';
COMMENT ON COLUMN evidence.source IS 'What it shows: a measure or a finding.';
COMMENT ON COLUMN evidence.name IS 'Name of the measure, or rule_id of the finding.';
COMMENT ON COLUMN evidence.rubric IS 'Rubric of the finding; null for a measure.';
COMMENT ON COLUMN evidence.measure_party IS 'Party of the measure; null for a finding or a measure of the whole call.';
COMMENT ON COLUMN evidence.evidence_no IS 'Position in the evidence of its measure or finding, from 1; the first says most.';
COMMENT ON COLUMN evidence.party IS 'Who is heard there; null where nobody in particular is.';
COMMENT ON COLUMN evidence.start_s IS 'Begin, in seconds from the start of the recording.';
COMMENT ON COLUMN evidence.end_s IS 'End (exclusive), in seconds from the start of the recording.';
COMMENT ON COLUMN evidence.quote IS 'What is said there; null where no words are.';

CREATE TABLE failed_calls (
    uri VARCHAR PRIMARY KEY,
    call_id VARCHAR,
    sha256 VARCHAR,
    code VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE failed_calls IS 'One row per recording that could not be scored when it was last tried.';
COMMENT ON COLUMN failed_calls.uri IS 'Where the recording was found.';
COMMENT ON COLUMN failed_calls.call_id IS 'Identity of the call, where it is known.';
COMMENT ON COLUMN failed_calls.sha256 IS 'SHA-256 of the recording''s bytes, where they could be read.';
COMMENT ON COLUMN failed_calls.code IS 'Reason as a code.';
COMMENT ON COLUMN failed_calls.message IS 'Reason in words, and what to do.';
COMMENT ON COLUMN failed_calls.run_id IS 'Run that tried last.';
COMMENT ON COLUMN failed_calls.failed_at IS 'When it failed last.';

CREATE TABLE warnings (
    run_id VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    uri VARCHAR
);
COMMENT ON TABLE warnings IS 'One row per thing a run noticed that lost no call: metadata without a file, a duplicate, ...';
COMMENT ON COLUMN warnings.run_id IS 'Run that noticed it.';
COMMENT ON COLUMN warnings.code IS 'What it is, as a code.';
COMMENT ON COLUMN warnings.message IS 'What it is in words, and what to do.';
COMMENT ON COLUMN warnings.uri IS 'File it is about; null where it is about none.';
