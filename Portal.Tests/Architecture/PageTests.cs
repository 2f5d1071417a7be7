using System.Reflection;
using Microsoft.AspNetCore.Components;
using Portal.Features.Environments;

namespace Portal.Tests.Architecture;

public sealed class PageTests
{
    /// <summary>The framework tells of a new address while it goes through who asked for it: a part that comes or goes then ends the circuit.</summary>
    [Fact]
    public void QueryParameters_AreSuppliedToPagesOnly()
    {
        var asking = typeof(EnvironmentPage).Assembly.GetTypes()
            .Where(type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(property => property.IsDefined(typeof(SupplyParameterFromQueryAttribute))))
            .ToList();

        asking.ShouldNotBeEmpty();
        asking.Where(type => !type.IsDefined(typeof(RouteAttribute))).Select(type => type.Name).ShouldBeEmpty("Read it with Navigation.Query in a part of a page.");
    }
}
