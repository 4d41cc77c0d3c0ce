-- wrk: POST /recommendations for one user and item after the other; BENCH_REQUEST is the rest of the body.
local template = os.getenv("BENCH_REQUEST")
local counter = 0

function setup(thread)
  counter = counter + 1
  thread:set("offset", counter * 3301)
end

function init()
  counter = offset
end

function request()
  counter = counter + 1
  local body = string.format('{"userId":"u%05d","itemId":"i%05d",%s}', counter % 10000, counter * 7 % 10000, template)
  return wrk.format("POST", "/recommendations", { ["content-type"] = "application/json" }, body)
end
