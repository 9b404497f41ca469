package io.connbudget.budget;

/**
 * One line of an ordered list of rules over all classes.
 *
 * @param rule which clients it is about
 * @param clientClass name of the class that they get
 */
public record Assignment(Rule rule, String clientClass) {}
