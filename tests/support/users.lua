-- wrk: GET /users/{userId}/recommendations for one user of MovieLens after the other.
local counter = 0

function request()
  counter = counter % 610 + 1
  return wrk.format("GET", "/users/" .. counter .. "/recommendations")
end
