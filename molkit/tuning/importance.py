"""Which options mattered in a search."""

from __future__ import annotations

from collections.abc import Sequence

from molkit.learners.space import Space
from molkit.tuning.study import Trial, distribution, quiet_optuna

FEWEST_TRIALS = 10  # complete ones; the shares of fewer say more of chance than of options


def option_importance(trials: Sequence[Trial], space: Space) -> dict[str, float]:
    """The share of each option in how scores of complete trials differ, largest first; {} of too few or equal ones.

    Functional analysis of variance by a random forest with a fixed seed (Hutter et al., ICML 2014).
    """
    complete = [trial for trial in trials if trial.state == "complete"]
    if len(complete) < FEWEST_TRIALS or len({trial.value for trial in complete}) < 2:
        return {}
    import optuna

    with quiet_optuna():
        study = optuna.create_study(storage=optuna.storages.InMemoryStorage())
        distributions = {name: distribution(among) for name, among in space.items()}
        for trial in complete:
            study.add_trial(
                optuna.trial.create_trial(params=trial.options, distributions=distributions, value=trial.value)
            )
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
        return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))
