package io.connbudget.proxy.config;

import io.connbudget.budget.CidrBlock;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Blocks of addresses: a list in YAML, or one text with commas. */
public record CidrList(List<CidrBlock> blocks) {
    /** No block at all. */
    public static final CidrList NONE = new CidrList(List.of());

    public CidrList {
        blocks = List.copyOf(blocks);
    }

    /**
     * Reads {@code 10.0.0.0/8, ::1}.
     *
     * @throws IllegalArgumentException if a part is no block
     */
    public static CidrList parse(String text) {
        List<CidrBlock> blocks = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            blocks.add(CidrBlock.parse(part.strip()));
        }
        return new CidrList(blocks);
    }

    public boolean isEmpty() {
        return blocks.isEmpty();
    }

    /** Whether one of the blocks has the address. */
    public boolean contains(InetAddress address) {
        for (CidrBlock block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
