package io.connbudget.proxy.operate;

/** What an operator asked for was not done; the message says why, in one line. */
public final class OperateException extends Exception {
    private static final long serialVersionUID = 1;

    public OperateException(String message) {
        super(message);
    }
}
