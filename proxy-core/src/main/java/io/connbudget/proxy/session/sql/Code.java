package io.connbudget.proxy.session.sql;

/** Codes of tokens. Below 128: the symbol's own character. From {@link #WORD} on: unquoted words. */
final class Code {
    static final int NONE = 0;
    static final int STRING = 130;
    static final int NUMBER = 131;
    static final int QUOTED_NAME = 132;
    static final int USER_VARIABLE = 133;
    static final int AT_AT = 134;
    static final int ASSIGN = 135;

    /** A word without a code of its own. */
    static final int WORD = 256;

    static final int SELECT = 257;
    static final int INSERT = 258;
    static final int REPLACE = 259;
    static final int UPDATE = 260;
    static final int DELETE = 261;
    static final int LOAD = 262;
    static final int WITH = 263;
    static final int SET = 264;
    static final int CREATE = 265;
    static final int ALTER = 266;
    static final int DROP = 267;
    static final int RENAME = 268;
    static final int SHOW = 269;
    static final int GET = 270;
    static final int CALL = 271;
    static final int DO = 272;
    static final int PREPARE = 273;
    static final int EXECUTE = 274;
    static final int DEALLOCATE = 275;
    static final int LOCK = 276;
    static final int UNLOCK = 277;
    static final int FLUSH = 278;
    static final int BACKUP = 279;
    static final int HANDLER = 280;
    static final int XA = 281;
    static final int BEGIN = 282;
    static final int START = 283;
    static final int COMMIT = 284;
    static final int ROLLBACK = 285;
    static final int SAVEPOINT = 286;
    static final int RELEASE = 287;
    static final int USE = 288;
    static final int KILL = 289;
    static final int EXPLAIN = 290;
    static final int ANALYZE = 291;
    /** Administration without facts of its own that a verb may name. */
    static final int ADMINISTER = 292;
    /** Definitions whose text holds nothing of interest: GRANT, TRUNCATE, ... */
    static final int DEFINE = 293;
    /** Reads or signals only. */
    static final int READ_ONLY = 294;

    static final int VALUES = 320;
    static final int TABLE = 321;
    static final int TEMPORARY = 322;
    static final int SEQUENCE = 323;
    static final int INTO = 324;
    static final int AS = 325;
    static final int IF = 326;
    static final int NOT = 327;
    static final int EXISTS = 328;
    static final int OR = 329;
    static final int FROM = 330;
    static final int USING = 331;
    static final int IMMEDIATE = 332;
    static final int GLOBAL = 333;
    static final int SESSION = 334;
    static final int NAMES = 335;
    static final int CHARACTER = 336;
    static final int TRANSACTION = 337;
    static final int ROLE = 338;
    static final int DEFAULT = 339;
    static final int PASSWORD = 340;
    static final int RESOURCE = 341;
    static final int STATEMENT = 342;
    static final int FOR = 343;
    static final int INSTANCE = 344;
    static final int EXPORT = 345;
    static final int STAGE = 346;
    static final int END = 347;
    static final int OPEN = 348;
    static final int CLOSE = 349;
    static final int READ = 350;
    static final int WORK = 351;
    static final int TO = 352;
    static final int NO = 353;
    static final int CONNECTION = 354;
    static final int QUERY = 355;
    static final int ID = 356;
    static final int HARD = 357;
    static final int WARNINGS = 358;
    static final int STATUS = 359;
    static final int PROFILE = 360;
    static final int VARIABLES = 361;
    static final int LIKE = 362;
    static final int WHERE = 363;
    static final int VARIABLE_NAME = 364;
    static final int IN = 365;
    static final int LOCAL = 366;
    static final int COLUMN = 367;
    static final int INDEX = 368;
    static final int ROUTINE = 369;
    static final int OTHER_OBJECT = 370;
    static final int RETURN = 371;
    static final int CASE = 372;
    static final int LOOP = 373;
    static final int REPEAT = 374;
    static final int WHILE = 375;
    static final int THEN = 376;
    static final int ELSE = 377;
    static final int ROW = 378;
    static final int AND = 379;
    static final int WHEN = 380;
    static final int NEXT = 381;
    static final int PREVIOUS = 382;
    static final int RECURSIVE = 383;
    static final int RESTRICT = 384;
    static final int VALUE = 385;
    static final int DUAL = 386;
    static final int OPTION = 387;
    static final int SCHEMA = 388;

    static final int LAST_INSERT_ID = 400;
    static final int GET_LOCK = 401;
    static final int RELEASE_LOCK = 402;
    static final int RELEASE_ALL_LOCKS = 403;

    private Code() {}

    static boolean isWord(int code) {
        return code >= WORD;
    }
}
