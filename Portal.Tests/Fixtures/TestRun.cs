using System.Runtime.CompilerServices;
using Bunit;

namespace Portal.Tests.Fixtures;

/// <summary>What holds for the whole run.</summary>
internal static class TestRun
{
    [ModuleInitializer]
    internal static void Begin()
    {
        // bUnit's waits hold a thread each; where many tests wait at once, the dispatcher they wait for would find none.
        ThreadPool.GetMinThreads(out _, out var completionPorts);
        ThreadPool.SetMinThreads(64, completionPorts);
        // A busy machine is no fault of the component's.
        BunitContext.DefaultWaitTimeout = TimeSpan.FromSeconds(30);
    }
}
