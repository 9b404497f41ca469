package io.connbudget.proxy.operate;

import java.util.List;

/**
 * What an operator can see of a proxy. Each method makes a new picture. They wait for the event loops, which takes milliseconds, so none is called
 * on one; an event loop that does not answer within a second leaves its clients out. Thread-safe. None of them needs the database.
 */
public interface ProxyView {
    List<PoolRow> pools();

    List<ClientRow> clients();

    List<ServerRow> servers();

    List<ClassRow> classes();

    List<WaiterRow> waiters();

    List<PinRow> pins();

    List<HolderRow> holders();

    List<StatsRow> stats();

    List<ListRow> lists();

    List<ConfigRow> config();

    List<AccountRow> accounts();

    List<VersionRow> version();

    /** What happened last, the newest first. */
    List<EventRow> events();

    /** The last seconds, the oldest first. */
    List<SampleRow> samples();
}
