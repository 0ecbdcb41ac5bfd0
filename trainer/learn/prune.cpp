#include <set>
#include <utility>

#include "learn/forest.hpp"

namespace nuthatch::learn {
namespace {

/// What lies below a node as it is pruned.
struct Below {
  double risk = 0;
  std::int32_t leaves = 1;
  std::int32_t parent = -1;
};

std::vector<Below> sum_up(const Tree& tree) {
  std::vector<Below> below(tree.nodes.size());
  for (std::size_t i = tree.nodes.size(); i-- > 0;) {
    const TreeNode& node = tree.nodes[i];
    below[i].risk = node.risk;
    if (node.feature < 0) continue;
    Below& left = below[static_cast<std::size_t>(node.left)];
    Below& right = below[static_cast<std::size_t>(node.right)];
    left.parent = right.parent = static_cast<std::int32_t>(i);
    below[i].risk = left.risk + right.risk;
    below[i].leaves = left.leaves + right.leaves;
  }
  return below;
}

}  // namespace

std::vector<double> pruned_from(const Tree& tree) {
  std::vector<Below> below = sum_up(tree);
  std::vector<double> from(tree.nodes.size(), 0);
  // What a node's leaves are worth, each, and the node: the weakest link first, the deepest among equals.
  std::set<std::pair<double, std::int32_t>> links;
  const auto link = [&](std::int32_t i) {
    const Below& here = below[static_cast<std::size_t>(i)];
    const double worth = (tree.nodes[static_cast<std::size_t>(i)].risk - here.risk) / (here.leaves - 1);
    return std::pair<double, std::int32_t>(worth, -i);
  };
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    if (tree.nodes[i].feature >= 0) links.insert(link(static_cast<std::int32_t>(i)));
  }
  double alpha = 0;
  std::vector<std::int32_t> inside;
  while (!links.empty()) {
    const auto [worth, negative] = *links.begin();
    const std::int32_t weakest = -negative;
    alpha = std::max(alpha, worth);
    const Below here = below[static_cast<std::size_t>(weakest)];
    const double risk = tree.nodes[static_cast<std::size_t>(weakest)].risk;
    for (std::int32_t i = here.parent; i >= 0; i = below[static_cast<std::size_t>(i)].parent) links.erase(link(i));
    // All that is left below it goes with it.
    inside = {weakest};
    while (!inside.empty()) {
      const std::int32_t i = inside.back();
      const TreeNode& node = tree.nodes[static_cast<std::size_t>(i)];
      inside.pop_back();
      // A leaf, or one since it was pruned, which has no link.
      if (below[static_cast<std::size_t>(i)].leaves == 1) continue;
      links.erase(link(i));
      from[static_cast<std::size_t>(i)] = alpha;
      inside.insert(inside.end(), {node.left, node.right});
    }
    below[static_cast<std::size_t>(weakest)].risk = risk;
    below[static_cast<std::size_t>(weakest)].leaves = 1;
    for (std::int32_t i = here.parent; i >= 0; i = below[static_cast<std::size_t>(i)].parent) {
      below[static_cast<std::size_t>(i)].risk += risk - here.risk;
      below[static_cast<std::size_t>(i)].leaves -= here.leaves - 1;
      links.insert(link(i));
    }
  }
  return from;
}

Tree pruned(const Tree& tree, const std::vector<double>& from, double alpha) {
  Tree result;
  result.output = tree.output;
  result.votes = tree.votes;
  result.nodes.push_back(tree.nodes[0]);
  std::vector<std::int32_t> origin = {0};
  for (std::size_t i = 0; i < result.nodes.size(); ++i) {
    if (result.nodes[i].feature < 0) continue;
    if (from[static_cast<std::size_t>(origin[i])] <= alpha) {
      result.nodes[i].feature = -1;
      continue;
    }
    for (std::int32_t TreeNode::*side : {&TreeNode::left, &TreeNode::right}) {
      origin.push_back(result.nodes[i].*side);
      result.nodes[i].*side = static_cast<std::int32_t>(result.nodes.size());
      result.nodes.push_back(tree.nodes[static_cast<std::size_t>(origin.back())]);
    }
  }
  return result;
}

}  // namespace nuthatch::learn
