using Microsoft.AspNetCore.Components.Routing;

namespace Portal.Components.Layout;

public sealed partial class MainLayout
{
    private string Here => Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0];

    protected override void OnInitialized() => Navigation.LocationChanged += Moved;

    public void Dispose() => Navigation.LocationChanged -= Moved;

    private void Moved(object? sender, LocationChangedEventArgs args) => _ = InvokeAsync(StateHasChanged);
}
