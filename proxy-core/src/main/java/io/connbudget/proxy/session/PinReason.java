package io.connbudget.proxy.session;

/**
 * Why a session must keep its backend. A session may have several at once; it lets go when the last has ended.
 *
 * <p>The label is the value of the metric tag and of the log key {@code pin}.
 */
public enum PinReason {
    /** An open transaction, by the server's status flags. */
    TRANSACTION("transaction"),
    /** A distributed transaction between XA START and what ends it or detaches it. */
    XA("xa"),
    /** LOCK TABLES. */
    TABLE_LOCK("table_lock"),
    /** FLUSH TABLES WITH READ LOCK or FOR EXPORT. */
    GLOBAL_READ_LOCK("global_read_lock"),
    /** LOCK INSTANCE FOR BACKUP, BACKUP STAGE, BACKUP LOCK. */
    INSTANCE_LOCK("instance_lock"),
    /** GET_LOCK. */
    NAMED_LOCK("named_lock"),
    /** A temporary table. */
    TEMPORARY_TABLE("temporary_table"),
    /** HANDLER ... OPEN. */
    HANDLER("handler"),
    /** A server-side cursor with unread rows. */
    CURSOR("cursor"),
    /** A user variable that cannot be given to another backend exactly, or that a prepared statement names. */
    USER_VARIABLE("user_variable"),
    /** A statement prepared by SQL text (PREPARE ... FROM). */
    SQL_PREPARE("sql_prepare"),
    /** SET ROLE. */
    ROLE("role"),
    /** SET RESOURCE GROUP. */
    RESOURCE_GROUP("resource_group"),
    /** A system variable that cannot be set again to the value that it has (timestamp, rand_seed1, insert_id, ...). */
    UNREPLAYABLE_VARIABLE("unreplayable_variable"),
    /** FOUND_ROWS() of a SELECT SQL_CALC_FOUND_ROWS, until the next statement. */
    FOUND_ROWS("found_rows"),
    /** Parameter data that a prepared statement has received piece by piece and not used yet. */
    LONG_DATA("long_data"),
    /**
     * The server says that session state changed, and no rule says which (a routine or trigger did it); or may not say
     * it (a routine that fails, SET {@code @@name} on MariaDB).
     */
    HIDDEN_STATE("hidden_state"),
    /** The classifier could not read the statement. */
    UNREADABLE_STATEMENT("unreadable_statement"),
    /** The configuration asks for one backend a client ({@code handoff: session}). */
    CONFIGURED("configured");

    private final String label;
    /** A place in a mask of this process, never stored or sent. */
    @SuppressWarnings("EnumOrdinal")
    private final int bit = 1 << ordinal();

    PinReason(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** This reason's bit in a {@link Pins} mask. */
    int bit() {
        return bit;
    }

    /** This reason's place in an array of {@link Pins}. */
    int place() {
        return Integer.numberOfTrailingZeros(bit);
    }
}
