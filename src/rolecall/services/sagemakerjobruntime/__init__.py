"""What the agent of a job calls: sample the model, seal a trajectory, reward it. No model runs here."""

from rolecall.services.sagemakerjobruntime.rollouts import OPERATIONS

__all__ = ["OPERATIONS"]
