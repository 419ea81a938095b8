"""The objects of API Priority and Fairness."""

from __future__ import annotations

from homeperf_ray.sim import flowcontrol
from homeperf_ray.sim.content.world import DAY, Object, World


def objects(world: World) -> dict[str, list[Object]]:
    """FlowSchemas and PriorityLevelConfigurations, whose uids the headers of answers name."""
    return {
        resource: [_object(world, resource, *one) for one in found]
        for resource, found in flowcontrol.specs(world.minor).items()
    }


def _object(world: World, resource: str, name: str, uid: str, spec: Object) -> Object:
    metadata = world.metadata(name, age=400 * DAY, generation=1)
    metadata["uid"] = uid
    status: Object = {}
    if resource.startswith("flowschemas"):
        level = spec["priorityLevelConfiguration"]["name"]
        message = f"This FlowSchema references the PriorityLevelConfiguration object named {level} and it exists"
        status["conditions"] = [world.condition("Dangling", False, "Found", message, 400 * DAY)]
    return {"metadata": metadata, "spec": spec, "status": status}
