#include "learn/parallel.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace nuthatch::learn {
namespace {

/// What the threads share: the next call to make, and how it went.
struct Queue {
  std::mutex mutex;
  std::size_t next = 0;
  std::size_t ended = 0;
  std::exception_ptr error;
};

void drain(Queue& queue, std::size_t count, const std::function<void(std::size_t)>& work,
           const std::function<void(std::size_t)>& done) {
  for (;;) {
    std::size_t index = 0;
    {
      const std::lock_guard<std::mutex> lock(queue.mutex);
      if (queue.next >= count || queue.error) return;
      index = queue.next++;
    }
    try {
      work(index);
      const std::lock_guard<std::mutex> lock(queue.mutex);
      if (done) done(++queue.ended);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(queue.mutex);
      if (!queue.error) queue.error = std::current_exception();
    }
  }
}

}  // namespace

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t)>& done) {
  Queue queue;
  const std::size_t wanted = std::min<std::size_t>(count, std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> threads;
  threads.reserve(wanted);
  try {
    for (std::size_t i = 1; i < wanted; ++i) threads.emplace_back([&] { drain(queue, count, work, done); });
  } catch (const std::system_error&) {
    // No more threads are to be had: those that started, and this one, do all of it.
  }
  drain(queue, count, work, done);
  for (std::thread& thread : threads) thread.join();
  if (queue.error) std::rethrow_exception(queue.error);
}

}  // namespace nuthatch::learn
