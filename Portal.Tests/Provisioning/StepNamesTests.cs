using System.Reflection;
using Portal.Core.Provisioning;

namespace Portal.Tests.Provisioning;

public sealed class StepNamesTests
{
    // Whatever a step's name is made of, as the name of a service too.
    private static readonly string[] s_services = ["a", "b", "a-b", "a--b", "b-a", "cache-a", "a-cache", "store", "data", "bind", "svc", "store-cache-a", "data-a", "cluster", "default"];

    private static readonly string[] s_stores = ["", "a", "b", "cache", "store", "data", "bind", "svc", "cluster"];

    [Fact]
    public void Names_OfAllServicesAndTheirStores_NeverMeet()
    {
        var constants = typeof(StepNames).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.Name != nameof(StepNames.StorePattern)).Select(field => (string)field.GetRawConstantValue()!);
        List<string> names =
        [
            .. constants,
            .. s_services.SelectMany(service => s_stores.Select(store => StepNames.Data(service, store))),
            .. s_services.Select(StepNames.Bind),
            .. s_services.Select(StepNames.Service),
        ];

        names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();
    }

    [Fact]
    public void StoreOf_EveryName_IsReadBack()
    {
        foreach (var service in s_services)
        {
            foreach (var store in s_stores)
            {
                StepNames.IsData(StepNames.Data(service, store)).ShouldBeTrue();
                StepNames.StoreOf(StepNames.Data(service, store)).ShouldBe(store.Length == 0 ? null : store);
            }

            StepNames.IsData(StepNames.Bind(service)).ShouldBeFalse();
            StepNames.IsData(StepNames.Service(service)).ShouldBeFalse();
        }
    }
}
