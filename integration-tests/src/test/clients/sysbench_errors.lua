-- sysbench's oltp_read_write, which prints each error that a client sees: sysbench itself counts them without their codes, and prints
-- like ones once. A client that sees the error --last-error does nothing from then on, and keeps its connection.
require("oltp_read_write")
local ffi = require("ffi")
ffi.cdef("int pause(void);")

sysbench.cmdline.options.last_error = {"Code of the error after which a client does nothing more", 0}

local restart = sysbench.hooks.before_restart_event

function sysbench.hooks.before_restart_event(seen)
   io.write(string.format("ERROR %d %s\n", seen.sql_errno, seen.sql_errmsg))
   io.flush()
   while seen.sql_errno == sysbench.opt.last_error do
      ffi.C.pause()
   end
   restart(seen)
end
