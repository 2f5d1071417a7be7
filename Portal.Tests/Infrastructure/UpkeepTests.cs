using Microsoft.Extensions.Logging.Abstractions;
using Portal.Infrastructure.Hosting;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Infrastructure;

public sealed class UpkeepTests
{
    [Fact]
    public async Task Run_AtOnceAndAfterEachInterval_AlsoWhereOneTurnFails()
    {
        var clock = new ManualClock();
        using var upkeep = new Counted(clock);
        await upkeep.StartAsync(default);
        await upkeep.TurnAsync(1);

        clock.Move(TimeSpan.FromMinutes(5));
        await upkeep.TurnAsync(2);
        clock.Move(TimeSpan.FromMinutes(5));

        await upkeep.TurnAsync(3);
        await upkeep.StopAsync(default);
    }

    /// <summary>Its first turn fails.</summary>
    private sealed class Counted(TimeProvider clock) : Upkeep(TimeSpan.FromMinutes(5), clock, NullLogger.Instance)
    {
        private readonly SemaphoreSlim _done = new(0);
        private int _turns;

        protected override string Failure => "It could not be counted";

        public async Task TurnAsync(int number)
        {
            (await _done.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeTrue();
            _turns.ShouldBe(number);
        }

        public override void Dispose()
        {
            _done.Dispose();
            base.Dispose();
        }

        protected override Task WorkAsync(CancellationToken cancellationToken)
        {
            _turns++;
            _done.Release();
            return _turns == 1 ? throw new InvalidOperationException("away") : Task.CompletedTask;
        }
    }
}
