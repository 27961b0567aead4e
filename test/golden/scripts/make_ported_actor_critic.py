"""examples/ported/actor-critic.ts in PyTorch."""
import math

import torch
from ported import record
from torch import nn, optim
from torch.distributions import Categorical
from torch.nn.functional import relu, smooth_l1_loss

GAMMA, EPISODES, LONGEST = 0.99, 100, 200


class CartPole:
    def reset(self):
        self.state = (torch.rand(4) * 0.1 - 0.05).tolist()
        return torch.tensor(self.state)

    def step(self, action):
        x, v, angle, spin = self.state
        force = 10 if action == 1 else -10
        sin, cos = math.sin(angle), math.cos(angle)
        push = (force + 0.05 * spin * spin * sin) / 1.1
        turn = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - (0.1 * cos * cos) / 1.1))
        acceleration = push - (0.05 * turn * cos) / 1.1
        self.state = [x + 0.02 * v, v + 0.02 * acceleration, angle + 0.02 * spin, spin + 0.02 * turn]
        done = abs(x + 0.02 * v) > 2.4 or abs(angle + 0.02 * spin) > 0.2095
        return torch.tensor(self.state), done


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine = nn.Linear(4, 64)
        self.actor = nn.Linear(64, 2)
        self.critic = nn.Linear(64, 1)

    def forward(self, x):
        return relu(self.affine(x))


def main():
    torch.manual_seed(1)
    environment = CartPole()
    model = Policy()
    optimizer = optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    running = 10

    for episode in range(1, EPISODES + 1):
        state = environment.reset()
        log_probs, values, rewards = [], [], []
        for _ in range(LONGEST):
            features = model(state)
            policy = Categorical(logits=model.actor(features))
            action = policy.sample()
            log_probs.append(policy.log_prob(action))
            values.append(model.critic(features).squeeze(-1))
            state, done = environment.step(action.item())
            rewards.append(1)
            if done:
                break
        running = 0.05 * len(rewards) + 0.95 * running

        ahead, returns = 0, []
        for reward in reversed(rewards):
            ahead = reward + GAMMA * ahead
            returns.insert(0, ahead)
        target = torch.tensor(returns)
        target = (target - target.mean()) / (target.std() + 1e-6)
        value = torch.stack(values)
        policy_loss = -(torch.stack(log_probs) * (target - value.detach())).sum()
        value_loss = smooth_l1_loss(value, target, reduction="sum")
        optimizer.zero_grad()
        loss = policy_loss + value_loss
        (loss / len(rewards)).backward()
        optimizer.step()
        if episode % 10 == 0:
            print(f"episode {episode}  steps: {len(rewards)}  average: {running:.2f}  loss: {loss.item():.4f}")


record("actor-critic", main)
