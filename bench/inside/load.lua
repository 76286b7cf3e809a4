-- The load, for wrk: requests with the tokens of a file, a line each.
--
--   wrk ... -- FILE FIRST COUNT cycle|once
--
-- "cycle" goes round until wrk's time is over, "once" ends after the last token. Prints one line of
-- JSON after the word RESULT.

local ffi = require("ffi")
ffi.cdef([[
  typedef struct { long tv_sec; long tv_nsec; } bench_timespec;
  int clock_gettime(int clock, bench_timespec *time);
  int getpid(void);
  int kill(int pid, int signal);
]])

local SIGINT = 2
local CLOCK_MONOTONIC = 1

local threads = {}
local requests = {}
local position = 0
local is_once = false

-- Read by done(), which runs in a Lua state of its own.
started_at = 0
ended_at = 0

local function seconds()
  local time = ffi.new("bench_timespec")
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.tv_sec) + tonumber(time.tv_nsec) / 1e9
end

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local first, count = tonumber(args[2]), tonumber(args[3])
  is_once = args[4] == "once"
  local number = 0
  for line in io.lines(args[1]) do
    if number >= first and number < first + count then
      requests[#requests + 1] = wrk.format("GET", nil, { Authorization = "Bearer " .. line })
    end
    number = number + 1
  end
  if #requests ~= count then
    error("there are not " .. count .. " tokens from number " .. first)
  end
end

function request()
  if started_at == 0 then
    started_at = seconds()
  end
  position = position + 1
  if position > #requests then
    if is_once and ended_at == 0 then
      ended_at = seconds()
      wrk.thread:stop()
      -- wrk sleeps for the whole of its time, unless it is interrupted.
      ffi.C.kill(ffi.C.getpid(), SIGINT)
    end
    position = 1
  end
  return requests[position]
end

function done(summary, latency)
  local thread = threads[1]
  local ended = thread:get("ended_at")
  local duration = summary.duration / 1e6
  if ended > 0 then
    duration = ended - thread:get("started_at")
  end
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"refused":%d,"errors":%d,"p50":%d,"p99":%d}',
    summary.requests, duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
