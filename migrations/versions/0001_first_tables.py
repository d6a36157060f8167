"""The first tables of every room.

Revision: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "access_log",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("thing", sa.String(length=16), nullable=False),
        sa.Column("thing_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_log_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_log_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_log_thing_id"), ["thing_id"], unique=False)

    op.create_table(
        "account",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=True),
        sa.Column("agent_id", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("role <> 'agent' OR agent_id IS NOT NULL", name=op.f("ck_account_agents_have_a_seat")),
        sa.CheckConstraint("role <> 'unit' OR unit_id IS NOT NULL", name=op.f("ck_account_unit_people_have_a_unit")),
        sa.CheckConstraint(
            "role IN ('agent', 'shift_leader', 'reviewer', 'callback', 'inspector', 'unit', 'supervisor', 'admin')",
            name=op.f("ck_account_role_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("agent_id", name=op.f("uq_account_agent_id")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "account_log",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("by_account_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_log")),
    )
    with op.batch_alter_table("account_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_log_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_log_at"), ["at"], unique=False)

    op.create_table(
        "agents",
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("phone_secret", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=36), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deactivated_by", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
    )
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.create_index(
            "uq_agents_account_id_active",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        )
        batch_op.create_index(
            "uq_agents_number_active",
            ["number"],
            unique=True,
            sqlite_where=sa.text("active"),
            postgresql_where=sa.text("active"),
        )

    op.create_table(
        "asr_erasures",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("clause", sa.String(length=64), nullable=False),
        sa.Column("utterances", sa.Integer(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asr_erasures")),
        sa.UniqueConstraint("call_id", name=op.f("uq_asr_erasures_call_id")),
    )
    op.create_table(
        "asr_suggestions",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("utterance_ids", sa.String(length=2000), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("suggested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asr_suggestions")),
    )
    with op.batch_alter_table("asr_suggestions", schema=None) as batch_op:
        batch_op.create_index("uq_asr_suggestions_call_field", ["call_id", "field"], unique=True)

    op.create_table(
        "asr_utterances",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("leg_id", sa.String(length=36), nullable=False),
        sa.Column("speaker", sa.String(length=16), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asr_utterances")),
    )
    with op.batch_alter_table("asr_utterances", schema=None) as batch_op:
        batch_op.create_index("ix_asr_utterances_call_started", ["call_id", "started_at"], unique=False)

    op.create_table(
        "callback_tasks",
        sa.Column("survey_id", sa.String(length=36), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("actor_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_tasks")),
    )
    with op.batch_alter_table("callback_tasks", schema=None) as batch_op:
        batch_op.create_index("ix_callback_tasks_open_id", ["open", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_tasks_survey_id"), ["survey_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_tasks_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "callback_tries",
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_tries")),
    )
    with op.batch_alter_table("callback_tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callback_tries_task_id"), ["task_id"], unique=False)

    op.create_table(
        "idempotent_answer",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotent_answer")),
    )
    with op.batch_alter_table("idempotent_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotent_answer_at"), ["at"], unique=False)

    op.create_table(
        "offers",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", sa.String(length=36), nullable=False),
        sa.Column("leg_id", sa.String(length=36), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("trace", sa.JSON(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offers_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offers_call_id"), ["call_id"], unique=False)

    op.create_table(
        "outbox_messages",
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("topic", "key", name="uq_outbox_messages_topic_key"),
    )
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_messages_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "queue_stays",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("queue", sa.String(length=60), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_queue_stays")),
    )
    with op.batch_alter_table("queue_stays", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_stays_entered_at"), ["entered_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_queue_stays_queue"), ["queue"], unique=False)

    op.create_table(
        "recording_accesses",
        sa.Column("recording_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_accesses")),
    )
    with op.batch_alter_table("recording_accesses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_accesses_recording_id"), ["recording_id"], unique=False)

    op.create_table(
        "recording_erasures",
        sa.Column("recording_id", sa.String(length=36), nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("clause", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_erasures")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_recording_erasures_recording_id")),
    )
    op.create_table(
        "recordings",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caller_level", sa.Double(), nullable=True),
        sa.Column("agent_level", sa.Double(), nullable=True),
        sa.Column("caller_silent", sa.Boolean(), nullable=False),
        sa.Column("agent_silent", sa.Boolean(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("keep_clause", sa.String(length=40), nullable=True),
        sa.Column("keep_basis", sa.String(length=40), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.String(length=300), nullable=True),
        sa.Column("held_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("call_id", name=op.f("uq_recordings_call_id")),
    )
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index("ix_recordings_state_keep_until", ["state", "keep_until"], unique=False)

    op.create_table(
        "sms_messages",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("survey_id", sa.String(length=36), nullable=True),
        sa.Column("to", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_sms_messages_key")),
    )
    with op.batch_alter_table("sms_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sms_messages_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "sms_replies",
        sa.Column("message_id", sa.String(length=100), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("sender_hash", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("survey_id", sa.String(length=36), nullable=True),
        sa.Column("understood", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_replies")),
        sa.UniqueConstraint("message_id", name=op.f("uq_sms_replies_message_id")),
    )
    with op.batch_alter_table("sms_replies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sms_replies_sender_hash"), ["sender_hash"], unique=False)

    op.create_table(
        "surveys",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_hash", sa.String(length=64), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hinted", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.String(length=24), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step", sa.String(length=24), nullable=True),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("ticket_id", "round", name="uq_surveys_ticket_id_round"),
    )
    with op.batch_alter_table("surveys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_surveys_mobile_hash"), ["mobile_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_surveys_number"), ["number"], unique=False)
        batch_op.create_index("ix_surveys_state_answer_due_at", ["state", "answer_due_at"], unique=False)

    op.create_table(
        "telephony_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("caller", sa.LargeBinary(), nullable=True),
        sa.Column("caller_hash", sa.String(length=64), nullable=True),
        sa.Column("dialled", sa.String(length=32), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fell_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephony_calls")),
    )
    with op.batch_alter_table("telephony_calls", schema=None) as batch_op:
        batch_op.create_index("ix_telephony_calls_caller", ["caller_hash"], unique=False)
        batch_op.create_index("ix_telephony_calls_entered", ["entered_at"], unique=False)
        batch_op.create_index("ix_telephony_calls_state", ["state"], unique=False)

    op.create_table(
        "telephony_legs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("rang_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("recording", sa.String(length=255), nullable=True),
        sa.Column("journaled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephony_legs")),
    )
    with op.batch_alter_table("telephony_legs", schema=None) as batch_op:
        batch_op.create_index("ix_telephony_legs_call", ["call_id"], unique=False)

    op.create_table(
        "ticket_assignments",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.String(length=36), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("special_days", sa.Integer(), nullable=True),
        sa.Column("special_basis", sa.String(length=16), nullable=True),
        sa.Column("special_clause", sa.String(length=200), nullable=True),
        sa.Column("phone_enquiry_failed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_assignments")),
        sa.UniqueConstraint("ticket_id", "seq", name="uq_ticket_assignments_ticket_id_seq"),
    )
    with op.batch_alter_table("ticket_assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_assignments_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "ticket_duties",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("assignment_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.String(length=36), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_alert_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assessed", sa.Boolean(), nullable=False),
        sa.Column("clause", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("counting", sa.JSON(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_duties")),
    )
    with op.batch_alter_table("ticket_duties", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_duties_next_alert_at", ["next_alert_at"], unique=False)
        batch_op.create_index("ix_ticket_duties_provisional", ["provisional", "open"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_duties_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "ticket_events",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("actor_name", sa.String(length=60), nullable=False),
        sa.Column("actor_role", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.String(length=36), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("note_digest", sa.String(length=64), nullable=True),
        sa.Column("once", sa.String(length=100), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
        sa.UniqueConstraint("ticket_id", "once", name="uq_ticket_events_ticket_id_once"),
        sa.UniqueConstraint("ticket_id", "seq", name="uq_ticket_events_ticket_id_seq"),
    )
    with op.batch_alter_table("ticket_events", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_events_once", ["once"], unique=False)

    op.create_table(
        "ticket_extensions",
        sa.Column("ticket_id", sa.String(length=36), nullable=False),
        sa.Column("assignment_id", sa.String(length=36), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_extensions")),
    )
    with op.batch_alter_table("ticket_extensions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_extensions_assignment_id"), ["assignment_id"], unique=False)

    op.create_table(
        "ticket_numbers",
        sa.Column("series", sa.String(length=16), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_ticket_numbers")),
    )
    op.create_table(
        "ticket_profiles",
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_ticket_profiles")),
    )
    op.create_table(
        "tickets",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("origin_key", sa.String(length=80), nullable=True),
        sa.Column("call_id", sa.String(length=36), nullable=True),
        sa.Column("dialled", sa.String(length=30), nullable=True),
        sa.Column("profile_version", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ledger_length", sa.Integer(), nullable=False),
        sa.Column("ledger_head", sa.String(length=64), nullable=False),
        sa.Column("caller_name", sa.LargeBinary(), nullable=True),
        sa.Column("caller_phone", sa.LargeBinary(), nullable=True),
        sa.Column("caller_phone_hash", sa.String(length=64), nullable=True),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("category", sa.String(length=24), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("urgency", sa.String(length=16), nullable=False),
        sa.Column("caller_kind", sa.String(length=16), nullable=False),
        sa.Column("public_emergency", sa.String(length=24), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("publication_allowed", sa.Boolean(), nullable=False),
        sa.Column("repeat_calls", sa.Integer(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("proposed_unit_id", sa.String(length=36), nullable=True),
        sa.Column("unit_id", sa.String(length=36), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.String(length=36), nullable=True),
        sa.Column("answered_directly", sa.Boolean(), nullable=False),
        sa.Column("closing_ground", sa.String(length=24), nullable=True),
        sa.Column("refusal_code", sa.String(length=48), nullable=True),
        sa.Column("refusal_clause", sa.String(length=24), nullable=True),
        sa.Column("guidance", sa.String(length=500), nullable=True),
        sa.Column("rating", sa.String(length=24), nullable=True),
        sa.Column("rated_round", sa.Integer(), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("survey_step", sa.String(length=24), nullable=True),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supervised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
        sa.UniqueConstraint("origin_key", name=op.f("uq_tickets_origin_key")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tickets_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tickets_caller_phone_hash"), ["caller_phone_hash"], unique=False)
        batch_op.create_index("ix_tickets_state_id", ["state", "id"], unique=False)
        batch_op.create_index("ix_tickets_unit_id_state_id", ["unit_id", "state", "id"], unique=False)

    op.create_table(
        "units",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )


def downgrade() -> None:

    op.drop_table("units")
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.drop_index("ix_tickets_unit_id_state_id")
        batch_op.drop_index("ix_tickets_state_id")
        batch_op.drop_index(batch_op.f("ix_tickets_caller_phone_hash"))
        batch_op.drop_index(batch_op.f("ix_tickets_call_id"))

    op.drop_table("tickets")
    op.drop_table("ticket_profiles")
    op.drop_table("ticket_numbers")
    with op.batch_alter_table("ticket_extensions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_extensions_assignment_id"))

    op.drop_table("ticket_extensions")
    with op.batch_alter_table("ticket_events", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_events_once")

    op.drop_table("ticket_events")
    with op.batch_alter_table("ticket_duties", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_duties_ticket_id"))
        batch_op.drop_index("ix_ticket_duties_provisional")
        batch_op.drop_index("ix_ticket_duties_next_alert_at")

    op.drop_table("ticket_duties")
    with op.batch_alter_table("ticket_assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_assignments_unit_id"))

    op.drop_table("ticket_assignments")
    with op.batch_alter_table("telephony_legs", schema=None) as batch_op:
        batch_op.drop_index("ix_telephony_legs_call")

    op.drop_table("telephony_legs")
    with op.batch_alter_table("telephony_calls", schema=None) as batch_op:
        batch_op.drop_index("ix_telephony_calls_state")
        batch_op.drop_index("ix_telephony_calls_entered")
        batch_op.drop_index("ix_telephony_calls_caller")

    op.drop_table("telephony_calls")
    with op.batch_alter_table("surveys", schema=None) as batch_op:
        batch_op.drop_index("ix_surveys_state_answer_due_at")
        batch_op.drop_index(batch_op.f("ix_surveys_number"))
        batch_op.drop_index(batch_op.f("ix_surveys_mobile_hash"))

    op.drop_table("surveys")
    with op.batch_alter_table("sms_replies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sms_replies_sender_hash"))

    op.drop_table("sms_replies")
    with op.batch_alter_table("sms_messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sms_messages_ticket_id"))

    op.drop_table("sms_messages")
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_index("ix_recordings_state_keep_until")

    op.drop_table("recordings")
    op.drop_table("recording_erasures")
    with op.batch_alter_table("recording_accesses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recording_accesses_recording_id"))

    op.drop_table("recording_accesses")
    with op.batch_alter_table("queue_stays", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_queue_stays_queue"))
        batch_op.drop_index(batch_op.f("ix_queue_stays_entered_at"))

    op.drop_table("queue_stays")
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_messages_state_due_at")

    op.drop_table("outbox_messages")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offers_call_id"))
        batch_op.drop_index(batch_op.f("ix_offers_agent_id"))

    op.drop_table("offers")
    with op.batch_alter_table("idempotent_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotent_answer_at"))

    op.drop_table("idempotent_answer")
    with op.batch_alter_table("callback_tries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callback_tries_task_id"))

    op.drop_table("callback_tries")
    with op.batch_alter_table("callback_tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callback_tasks_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_callback_tasks_survey_id"))
        batch_op.drop_index("ix_callback_tasks_open_id")

    op.drop_table("callback_tasks")
    with op.batch_alter_table("asr_utterances", schema=None) as batch_op:
        batch_op.drop_index("ix_asr_utterances_call_started")

    op.drop_table("asr_utterances")
    with op.batch_alter_table("asr_suggestions", schema=None) as batch_op:
        batch_op.drop_index("uq_asr_suggestions_call_field")

    op.drop_table("asr_suggestions")
    op.drop_table("asr_erasures")
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_agents_number_active", sqlite_where=sa.text("active"), postgresql_where=sa.text("active")
        )
        batch_op.drop_index(
            "uq_agents_account_id_active", sqlite_where=sa.text("active"), postgresql_where=sa.text("active")
        )

    op.drop_table("agents")
    with op.batch_alter_table("account_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_log_at"))
        batch_op.drop_index(batch_op.f("ix_account_log_account_id"))

    op.drop_table("account_log")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_unit_id"))

    op.drop_table("account")
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_log_thing_id"))
        batch_op.drop_index(batch_op.f("ix_access_log_at"))
        batch_op.drop_index(batch_op.f("ix_access_log_account_id"))

    op.drop_table("access_log")
