"""The agents' API, spoken by hand: what a stale, strange or repeated word about a lease comes to."""

import unittest

from fleet import Fleet


class LeaseTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.secret = self.enrol("by-hand")

    def enrol(self, name):
        with open(self.fleet.join_token(), encoding="utf-8") as file:
            join = file.read().strip()
        status, answer = self.fleet.request("POST", "/agent/v1/enroll", {
            "protocolVersion": 1, "name": name, "installation": name, "version": "1", "hostName": name,
            "operatingSystem": "Linux"}, token=join)
        self.assertEqual(status, 201, answer)
        return answer["secret"]

    def post(self, path, body, secret=None):
        return self.fleet.request("POST", f"/agent/v1/{path}", body, token=secret or self.secret)

    def lease(self, secret=None):
        status, answer = self.post("leases", {"waitMilliseconds": 5000}, secret)
        self.assertEqual(status, 200, answer)
        grant = answer["grant"]
        return grant, grant["job"], grant["lease"]

    def chunk(self, grant, number=0):
        """Says that every endpoint of the job is closed."""
        block, = grant["blocks"]
        first, last = block["ports"].removeprefix("T:").split("-")
        return {
            "lease": grant["lease"], "number": number, "completed": [block["rectangle"]], "sightings": [],
            "ranges": [{
                "host": block["hosts"][0], "transport": "tcp", "firstPort": int(first), "lastPort": int(last),
                "state": "closed", "reason": "conn-refused", "observedAt": grant["now"], "isSelfView": True}]}

    def refused(self, answer, status, code):
        self.assertEqual((answer[0], answer[1] and answer[1].get("code")), (status, code), answer)

    def test_a_wrong_token_epoch_or_generation_is_refused_and_changes_nothing(self):
        scan = self.fleet.submit("127.0.0.1", "-p", "1-10")
        grant, job, lease = self.lease()
        stranger = self.enrol("stranger")
        wrong = [
            dict(lease, token="A" * len(lease["token"])), dict(lease, epoch=lease["epoch"] + 1),
            dict(lease, epoch=lease["epoch"] - 1), dict(lease, generation=lease["generation"] + 1)]
        for claim in wrong:
            finish = {"lease": claim, "outcome": "returned", "chunkCount": 0}
            self.refused(self.post(f"jobs/{job}/finish", finish), 409, "lease-lost")
            self.refused(
                self.post(f"jobs/{job}/renew", {"lease": claim, "waitMilliseconds": 0}), 409, "lease-lost")
            self.refused(self.post(f"jobs/{job}/chunks", dict(self.chunk(grant), lease=claim)), 409, "lease-lost")
        # The right words in the wrong mouth.
        self.refused(self.post(f"jobs/{job}/chunks", self.chunk(grant), stranger), 409, "lease-lost")
        self.refused(
            self.post(f"jobs/{job + 1}/finish", {"lease": lease, "outcome": "done", "chunkCount": 0}), 409,
            "lease-lost")
        self.assertEqual(self.fleet.coverage(scan)["probed"], 0)
        # The lease itself has not suffered.
        self.assertEqual(self.post(f"jobs/{job}/chunks", self.chunk(grant)), (200, {"isCounted": True}))
        status, answer = self.post(f"jobs/{job}/finish", {"lease": lease, "outcome": "done", "chunkCount": 1})
        self.assertEqual(status, 204, answer)
        self.fleet.demand_whole(scan)

    def test_an_identical_finish_succeeds_and_a_different_one_is_refused(self):
        scan = self.fleet.submit("127.0.0.1", "-p", "1-10")
        grant, job, lease = self.lease()
        self.post(f"jobs/{job}/chunks", self.chunk(grant))
        finish = {"lease": lease, "outcome": "done", "chunkCount": 1}
        for _ in range(3):
            self.assertEqual(self.post(f"jobs/{job}/finish", finish), (204, None))
        for other in [dict(finish, outcome="returned"), dict(finish, chunkCount=2), dict(finish, reason="why not")]:
            self.refused(self.post(f"jobs/{job}/finish", other), 409, "conflict")
        self.fleet.demand_whole(scan)

    def test_a_finish_that_counts_other_chunks_or_leaves_endpoints_out_is_refused(self):
        scan = self.fleet.submit("127.0.0.1", "-p", "1-10")
        _, job, lease = self.lease()
        self.refused(self.post(f"jobs/{job}/finish", {"lease": lease, "outcome": "done", "chunkCount": 1}), 409,
                     "conflict")
        self.refused(self.post(f"jobs/{job}/finish", {"lease": lease, "outcome": "done", "chunkCount": 0}), 409,
                     "conflict")
        self.assertEqual(self.fleet.scan(scan)["state"], "running")

    def test_a_repeated_chunk_counts_once_and_another_under_its_number_is_refused(self):
        scan = self.fleet.submit("127.0.0.1", "-p", "1-10")
        grant, job, _ = self.lease()
        chunk = self.chunk(grant)
        for _ in range(3):
            self.assertEqual(self.post(f"jobs/{job}/chunks", chunk), (200, {"isCounted": True}))
        self.assertEqual(self.fleet.coverage(scan)["probed"], 10)
        chunk["ranges"][0]["state"] = "filtered"
        self.refused(self.post(f"jobs/{job}/chunks", chunk), 409, "conflict")
        self.assertEqual(self.fleet.coverage(scan)["probed"], 10)

    def test_results_outside_the_job_or_that_do_not_add_up_are_refused_with_a_pointer(self):
        scan = self.fleet.submit("127.0.0.1", "-p", "1-10")
        grant, job, _ = self.lease()
        beyond = self.chunk(grant)
        beyond["completed"] = [dict(beyond["completed"][0], portCount=11)]
        short = self.chunk(grant)
        short["ranges"][0]["lastPort"] = 9
        elsewhere = self.chunk(grant)
        elsewhere["ranges"][0]["host"] = "127.0.0.2"
        for chunk, pointer in [(beyond, "/completed/0"), (short, "/completed"), (elsewhere, "/ranges/0")]:
            status, answer = self.post(f"jobs/{job}/chunks", chunk)
            self.assertEqual(status, 422, answer)
            self.assertEqual(answer["errors"][0]["pointer"], pointer)
        self.assertEqual(self.fleet.coverage(scan)["probed"], 0)

    def test_a_chunk_after_the_lease_was_taken_over_is_kept_but_not_counted(self):
        scan = self.fleet.submit("127.0.0.1", "-p", "1-10")
        grant, job, lease = self.lease()
        # Asking anew says that the agent has forgotten its lease.
        second, same, _ = self.lease()
        self.assertEqual(same, job)
        self.assertGreater(second["lease"]["epoch"], lease["epoch"])
        self.assertEqual(self.post(f"jobs/{job}/chunks", self.chunk(grant)), (200, {"isCounted": False}))
        self.assertEqual(self.fleet.coverage(scan)["probed"], 0)
        self.refused(
            self.post(f"jobs/{job}/renew", {"lease": lease, "waitMilliseconds": 0}), 409, "lease-lost")


if __name__ == "__main__":
    unittest.main()
